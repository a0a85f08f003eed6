/**
 * A file of tests that imports this runs on Mesa's software renderer, or on the GPU, in a process of its own
 * (`isolatedTests` in vitest.shared.ts): the other tests run on Chromium's renderer
 * (`scripts/lib/vitest/swiftShader.ts`), which compiles faster, but has no f16, flushes subnormal numbers and has
 * subgroups of four lanes instead of eight.
 */
if (process.env['VK_DRIVER_FILES']?.endsWith('vk_swiftshader_icd.json') === true) delete process.env['VK_DRIVER_FILES']
