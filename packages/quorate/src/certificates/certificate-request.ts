/** What a certificate is asked to say, and what is handed out. */

/** A certificate and its private key, as PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The contents of a certificate that an authority of ours signs. */
export interface CertificateRequest {
  readonly commonName: string;
  /** A client's groups. */
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses that it serves; none for a client's. */
  readonly hosts: readonly string[];
  readonly usages: readonly ("serverAuth" | "clientAuth")[];
}
