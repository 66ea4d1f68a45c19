/**
 * CertificateSubjectRestriction: nobody becomes a member of system:masters by asking for a client
 * certificate.
 */
import { messageOf } from "@quorate/base";
import { stringIn } from "@quorate/object";
import { SUPERUSER_GROUP } from "../authentication/user-info.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { organizationsOf } from "./certificate-request-subject.ts";
import { refuse } from "./refusal.ts";
import { isObjectOf } from "./target.ts";

const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

/** Validates new certificate requests. */
export class CertificateSubjectRestriction implements AdmissionPlugin {
  readonly name = "CertificateSubjectRestriction";

  concerns(target: AdmissionTarget): boolean {
    const isRequest = isObjectOf(target, "certificates.k8s.io", "certificatesigningrequests");
    return isRequest && target.operation === "CREATE";
  }

  validate(request: AdmissionRequest): void {
    const { spec } = request.object!;
    if (stringIn(spec, "signerName") !== CLIENT_SIGNER) return;
    let organizations: string[];
    try {
      organizations = organizationsOf(Buffer.from(stringIn(spec, "request"), "base64").toString("latin1"));
    } catch (error) {
      throw refuse(request, `failed to parse CSR: ${messageOf(error)}`);
    }
    if (!organizations.includes(SUPERUSER_GROUP)) return;
    throw refuse(request, `use of ${CLIENT_SIGNER} signer with ${SUPERUSER_GROUP} group is not allowed`);
  }
}
