/** What the server puts into the metadata of a new object: uid, creation time, generated names. */
import type { Random } from "@quorate/base";
import type { KubernetesObject } from "@quorate/object";

const NAME_BYTES_MAX = 63;
const SUFFIX_LENGTH = 5;
/** No vowels and no look-alikes, so that no words come about. */
const SUFFIX_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";

/** A base of generateName with five random characters behind it, 63 bytes at most. */
export function generatedName(base: string, random: Random): string {
  let suffix = "";
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += SUFFIX_CHARACTERS[random.int(SUFFIX_CHARACTERS.length)];
  return base.slice(0, NAME_BYTES_MAX - SUFFIX_LENGTH) + suffix;
}

/** What only the server may say of an object that is created. Changes the metadata in place. */
export function fillSystemMetadata(object: KubernetesObject, now: string): void {
  const { metadata } = object;
  metadata.uid = crypto.randomUUID();
  metadata.creationTimestamp = now;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}
