/**
 * meta/v1 Table: what `kubectl get` asks for. The columns and cells of each kind are the business of
 * `schema`.
 */

export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
}

export interface TableRow {
  cells: unknown[];
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  object?: unknown;
}

export interface Table {
  kind: "Table";
  apiVersion: "meta.k8s.io/v1";
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: readonly ColumnDefinition[];
  rows: TableRow[];
}

/** Which form of the object a row carries. */
export type IncludeObject = "None" | "Metadata" | "Object";
