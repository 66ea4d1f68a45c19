/**
 * Sums up what AVA prints: a line with a tick is a passed test, the summary counts the failed ones ("1 test
 * failed", "1 uncaught exception", ...). A run that ended badly without saying a failure counts as one:
 * nothing fails silently.
 */
const PASSED = /^\s*[✔√] /;
const FAILED =
  /^\s*(\d+) (?:tests? failed|hooks? failed|unhandled rejections?|uncaught exceptions?|tests? remained pending)/;
const BROKEN = /^\s*[✘×] (?!\[)/;

export class TestCount {
  passed = 0;
  failed = 0;
  #failedBefore = 0;

  /** Adds one check that has no summary of its own. */
  add(outcome) {
    this[outcome]++;
  }

  startRun() {
    this.#failedBefore = this.failed;
  }

  /** One line of output, without colours. */
  readLine(line) {
    const failed = FAILED.exec(line);
    if (failed) this.failed += Number(failed[1]);
    else if (BROKEN.test(line)) this.failed++;
    else if (PASSED.test(line)) this.passed++;
  }

  endRun(exitCode) {
    if (exitCode !== 0 && this.failed === this.#failedBefore) this.failed++;
  }
}
