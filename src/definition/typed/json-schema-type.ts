/**
 * The type of the values that a JSON Schema literal describes, for who writes schemas by hand. It knows what most
 * schemas are made of; what it does not know is `unknown`, never something narrower than the schema.
 */
export type FromJsonSchema<Schema> = Schema extends { readonly const: infer Only }
  ? Only
  : Schema extends { readonly enum: readonly (infer Listed)[] }
    ? Listed
    : Schema extends { readonly anyOf: readonly (infer Form)[] }
      ? FromJsonSchema<Form>
      : Schema extends { readonly oneOf: readonly (infer Form)[] }
        ? FromJsonSchema<Form>
        : Schema extends { readonly type: infer Type }
          ? OfType<Type extends readonly (infer Each)[] ? Each : Type, Schema>
          : unknown;

type OfType<Type, Schema> = Type extends "string"
  ? string
  : Type extends "number" | "integer"
    ? number
    : Type extends "boolean"
      ? boolean
      : Type extends "null"
        ? null
        : Type extends "array"
          ? readonly OfItems<Schema>[]
          : Type extends "object"
            ? OfObject<Schema>
            : unknown;

type OfItems<Schema> = Schema extends { readonly prefixItems: unknown }
  ? unknown
  : Schema extends { readonly items: infer Items }
    ? FromJsonSchema<Items>
    : unknown;

type OfObject<Schema> = Schema extends { readonly patternProperties: unknown }
  ? { readonly [key: string]: unknown }
  : Schema extends { readonly properties: infer Properties }
    ? Flat<
        { readonly [Key in keyof Properties & RequiredOf<Schema>]: FromJsonSchema<Properties[Key]> } & {
          readonly [Key in Exclude<keyof Properties, RequiredOf<Schema>>]?: FromJsonSchema<Properties[Key]>;
        }
      >
    : Schema extends { readonly additionalProperties: infer Others extends object }
      ? { readonly [key: string]: FromJsonSchema<Others> }
      : { readonly [key: string]: unknown };

type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] } ? Name : never;

/** One object type, as people read it in an editor, instead of an intersection. */
type Flat<T> = { [Key in keyof T]: T[Key] };
