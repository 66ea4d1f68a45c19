import test from "ava";
import fc from "fast-check";
import { canonicalQuantity, Quantity, QuantityError } from "../src/index.ts";
import { reference } from "./support/reference.ts";

const SEED = Number(process.env["TEST_SEED"] ?? 20_261_125);

test("quantities are read and written as the reference does", (t) => {
  for (const { input, output, error } of reference.quantities) {
    if (!output) {
      const thrown = t.throws(() => Quantity.parse(input), { instanceOf: QuantityError }, input);
      t.is(thrown.message, error ?? "", input);
      continue;
    }
    const quantity = Quantity.parse(input);
    t.is(quantity.toString(), output.text, input);
    t.is(quantity.format, output.format as Quantity["format"], input);
    // Beyond int64 Go's numbers overflow, and JSON numbers are exact only below 2^53.
    if (/[EP]|[eE]\d{2}|\d{16}/.test(input)) continue;
    t.is(quantity.value(), BigInt(output.value), input);
    t.is(quantity.milliValue(), BigInt(output.milli), input);
  }
});

const text = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.integer({ min: 0, max: 100_000 }),
    fc.nat(999),
    fc.constantFrom("", "m", "k", "M", "Ki", "Mi", "Gi", "e2"),
  )
  .map(([sign, whole, part, suffix]) => `${sign}${whole}.${part}${suffix}`);

test(`canonical text is stable, and sums and order are those of the numbers (seed ${SEED})`, (t) => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      const [a, b] = [Quantity.parse(left), Quantity.parse(right)];
      t.is(canonicalQuantity(a.toString()), a.toString());
      t.is(a.compare(Quantity.parse(a.toString())), 0);
      t.is(a.compare(b), -b.compare(a) + 0 || 0);
      t.is(a.add(b).compare(b.add(a)), 0);
      t.is(a.add(b.negate()).compare(Quantity.parse("0")), a.compare(b));
    }),
    { seed: SEED, numRuns: 300 },
  );
});
