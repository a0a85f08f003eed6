/** One thing that the command knows by name: a line about it, and how it is made. */
export type Entry<T> = { readonly about: string; readonly make: T }

/** Things by name, in the order in which `list` shows them. */
export type Catalogue<T> = Readonly<Record<string, Entry<T>>>
