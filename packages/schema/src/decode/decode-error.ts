/**
 * A JSON value that does not fit its type. The message is what the reference's decoder says; the front door
 * puts `<Kind> in version "<version>" cannot be handled as a <Kind>: ` before it and answers 400 BadRequest.
 */
import { CodedError } from "@quorate/base";

/** A value of the wrong type or form. */
export class DecodeError extends CodedError<"BadValue"> {
  override readonly name = "DecodeError";
  /** Where the value lies, for example `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** What the reference says where it restores an object from maps, as after a strategic merge patch. */
  readonly restoreMessage: string;

  constructor(message: string, path: string, restoreMessage = message) {
    super("BadValue", message, { details: { path } });
    this.path = path;
    this.restoreMessage = restoreMessage;
  }
}
