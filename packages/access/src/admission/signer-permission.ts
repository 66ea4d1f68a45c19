/** Whether a user may act for a signer: by its full name, or for all signers of its domain. */
import type { UserInfo } from "../authentication/user-info.ts";
import type { AccessAttributes, Authorizer } from "../authorization/authorizer.ts";

/** `verb` is approve, sign or attest; `signer` for example `kubernetes.io/kubelet-serving`. */
export async function maySign(
  authorizer: Authorizer,
  user: UserInfo,
  verb: string,
  signer: string,
): Promise<boolean> {
  const domain = signer.split("/", 1)[0] ?? "";
  for (const name of [signer, `${domain}/*`]) {
    const { decision } = await authorizer.authorize(user, attributesOf(verb, name));
    if (decision === "allow") return true;
  }
  return false;
}

function attributesOf(verb: string, name: string): AccessAttributes {
  return {
    isResource: true,
    verb,
    group: "certificates.k8s.io",
    version: "*",
    resource: "signers",
    subresource: "",
    namespace: "",
    name,
    path: "",
  };
}
