import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2022',
  // JavaScript by `tsup`, declarations by `tsup --dts-only`: each clears only its own files.
  clean: ['!**/*.d.ts'],
  silent: true,
})
