/**
 * The types of references and of mappings made with them. `Ref<Order>` has the fields of an order, each a reference
 * itself; where an `Order` is wanted, a `Mapping<Order>` may stand: a reference to one, or one that is spelled out
 * with references inside.
 */
declare const carries: unique symbol;

/** A reference to a value of type `T`, which is there when the run is. */
export interface Reference<out T> {
  readonly [carries]: T;
}

export type Ref<T> = Reference<T> & Fields<T>;

type Fields<T> = unknown extends T
  ? unknown
  : [NonNullable<T>] extends [Primitive]
    ? unknown
    : number extends LengthOf<NonNullable<T>>
      ? { readonly [index: number]: Ref<ItemOf<NonNullable<T>> | Absent<T>> }
      : [NonNullable<T>] extends [object]
        ? { readonly [Key in Exclude<keyof NonNullable<T>, symbol>]-?: Ref<NonNullable<T>[Key] | Absent<T>> }
        : unknown;

/** What follows from a value that may be missing may be missing. */
type Absent<T> = undefined extends T ? undefined : null extends T ? undefined : never;

/** `number` of a list, a literal of a tuple, nothing of anything else. */
type LengthOf<T> = [T] extends [readonly unknown[]] ? T["length"] : never;
type ItemOf<T> = T extends readonly (infer Item)[] ? Item : never;

type Primitive = string | number | boolean | null | undefined;

/** What may stand where a `T` is wanted. A reference to what may be missing may not: give it a fallback by `orElse`. */
export type Mapping<T> = Reference<Exclude<T, undefined>> | Spelled<T>;

type Spelled<T> = unknown extends T
  ? AnyMapping
  : T extends Primitive
    ? T
    : T extends object
      ? { readonly [Key in keyof T]: Mapping<T[Key]> }
      : never;

/** Where anything is wanted. */
export type AnyMapping =
  | Reference<unknown>
  | string
  | number
  | boolean
  | null
  | readonly AnyMapping[]
  | { readonly [key: string]: AnyMapping };

/** What comes of a mapping when the run has it. */
export type Mapped<M> =
  M extends Reference<infer T>
    ? Exclude<T, undefined> | (undefined extends T ? null : never)
    : M extends Primitive | void
      ? M extends void
        ? null
        : M
      : M extends object
        ? { readonly [Key in keyof M]: Mapped<M[Key]> }
        : unknown;

/** What of a block that may not have been gone through can be referred to: everything may be missing. */
export type Missing<Result> =
  Result extends Reference<infer T>
    ? Ref<T | undefined>
    : Result extends Primitive | void
      ? Result
      : Result extends object
        ? { readonly [Key in keyof Result]: Missing<Result[Key]> }
        : Result;
