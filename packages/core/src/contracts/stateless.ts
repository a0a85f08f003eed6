/** The state of an estimator or an optimiser that keeps nothing. */
export type Stateless = { readonly [name: string]: never }
