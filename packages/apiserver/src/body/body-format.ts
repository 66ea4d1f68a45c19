/** The encoding of a request body by its Content-Type; none is JSON, anything unknown a 415. */
import { unsupportedMediaType } from "@quorate/object";
import { CONTENT_TYPES, type Encoding } from "../response/media-type.ts";

/** Throws a 415 for a type that nobody reads. */
export function bodyEncoding(contentType: string | undefined): Encoding {
  switch (mediaName(contentType)) {
    case "":
    case "application/json":
      return "json";
    case "application/yaml":
      return "yaml";
    case "application/vnd.kubernetes.protobuf":
      return "protobuf";
    default:
      throw unsupportedMediaType(Object.values(CONTENT_TYPES));
  }
}

/** `application/json; charset=utf-8` -> `application/json`. */
export function mediaName(contentType: string | undefined): string {
  if (contentType === undefined) return "";
  const semicolon = contentType.indexOf(";");
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}
