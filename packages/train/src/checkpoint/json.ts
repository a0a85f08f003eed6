/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A JSON record: a run's settings, its summary, or what rebuilds its network. */
export type JsonRecord = { readonly [name: string]: Json }
