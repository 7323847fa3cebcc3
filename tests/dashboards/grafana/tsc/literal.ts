// Turns the enums of a type into their texts, at any depth, so that JSON can be checked against it.
export type Literal<T> = T extends string
  ? `${T}`
  : T extends (infer U)[]
    ? Literal<U>[]
    : T extends object
      ? { [K in keyof T]: Literal<T[K]> }
      : T;
