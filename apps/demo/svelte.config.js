/** What the compiler and svelte-check are told. */
export default { compilerOptions: { runes: true } }
