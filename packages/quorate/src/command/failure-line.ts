/**
 * Anything thrown as the one line that an operator reads. Errors of ours already name the thing and the fix;
 * the system's are given one here. What nobody foresaw keeps the place it came from.
 */
import { CodedError } from "@quorate/base";

interface SystemError extends Error {
  readonly code?: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
}

function systemLine(error: SystemError): string | undefined {
  const { code, path, address, port } = error;
  const at = path ?? (port === undefined ? "" : `${address ?? ""}:${port}`);
  switch (code) {
    case "EADDRINUSE":
      return `${at} is in use by another process: stop that process, or choose another port`;
    case "EADDRNOTAVAIL":
      return `${at} can't be listened on: this machine has no such address; choose one that it has`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `not permitted: ${at} (${code}): make it accessible for the user of this process, or choose another`;
    case "ENOSPC":
    case "EDQUOT":
      return `no space left for ${at}: free some space, then start again`;
    case "ENOENT":
      return `${at} does not exist: check the path`;
    case "ENOTDIR":
    case "EISDIR":
      return `${at} is not what it should be (${code}): check the path`;
    default:
      return undefined;
  }
}

/** One line, without a stack for what is understood. */
export function failureLine(error: unknown): string {
  if (error instanceof CodedError) return oneLine(error.message);
  if (!(error instanceof Error)) return oneLine(String(error));
  const place = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return oneLine(systemLine(error) ?? `${error.message}${place ? ` (${place.trim()})` : ""}`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
