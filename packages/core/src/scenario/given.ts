type Certain<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
type Possible<T> = { readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> }

/** The fields that have a value: those that hold undefined are left out, so that what they are laid over shows through. */
export function given<T extends object>(fields: T): Certain<T> & Possible<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
