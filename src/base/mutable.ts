/** For an object that is made field by field and shown as read-only. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
