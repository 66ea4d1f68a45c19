/** CertificateSigning: who issues a certificate, or says why not, must be allowed to sign for its signer. */
import { fieldOf, jsonEqual, stringIn } from "@quorate/object";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { refuse } from "./refusal.ts";
import { maySign } from "./signer-permission.ts";

/** Validates writes of the status subresource. */
export class CertificateSigning implements AdmissionPlugin {
  readonly name = "CertificateSigning";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    if (operation !== "UPDATE" || subresource !== "status") return false;
    return resource.resource === "certificatesigningrequests";
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const { object, oldObject } = request;
    const isSame = ["certificate", "conditions"].every((key) =>
      jsonEqual(fieldOf(object?.status, key) ?? null, fieldOf(oldObject?.status, key) ?? null),
    );
    if (isSame) return;
    const signer = stringIn(oldObject?.spec, "signerName");
    if (await maySign(this.#authorizer, request.user, "sign", signer)) return;
    throw refuse(request, `user not permitted to sign requests with signerName "${signer}"`);
  }
}
