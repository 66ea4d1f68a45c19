/** CertificateApproval: who approves a request for a certificate must be allowed to, for its signer. */
import { stringIn } from "@quorate/object";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { refuse } from "./refusal.ts";
import { maySign } from "./signer-permission.ts";

/** Validates writes of the approval subresource. */
export class CertificateApproval implements AdmissionPlugin {
  readonly name = "CertificateApproval";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    if (operation !== "UPDATE" || subresource !== "approval") return false;
    return resource.resource === "certificatesigningrequests";
  }

  /** Safety: the signer is read from the stored object, whatever the write says. */
  async validate(request: AdmissionRequest): Promise<void> {
    const signer = stringIn(request.oldObject?.spec, "signerName");
    if (await maySign(this.#authorizer, request.user, "approve", signer)) return;
    throw refuse(request, `user not permitted to approve requests with signerName "${signer}"`);
  }
}
