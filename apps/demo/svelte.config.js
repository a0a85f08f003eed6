/** Options of the compiler and of svelte-check. */
export default { compilerOptions: { runes: true } }
