/** Who owns a journal, for people and for finding its socket. Apart from the lock, so that its type needs none of Node's. */
export interface OwnerInfo {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Where the owner's local socket is, once it has said so. */
  readonly socket?: string;
}
