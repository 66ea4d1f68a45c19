/** The Audit-ID of a request: the client's (cut to 64 characters) or a new one; every answer carries it. */
import { randomUUID } from "node:crypto";
import type { Exchange } from "../exchange.ts";
import type { Filter } from "./filter.ts";

const AUDIT_ID_CHARACTERS_MAX = 64;

/** Sets the audit id of an exchange. */
export const auditIdFilter: Filter = {
  name: "audit-id",
  apply(exchange: Exchange): void {
    const given = exchange.headers["audit-id"];
    const id = Array.isArray(given) ? given[0] : given;
    exchange.auditId = id ? id.slice(0, AUDIT_ID_CHARACTERS_MAX) : randomUUID();
  },
};
