/**
 * Makes V8 optimise a function only after thirty times the usual work. Most tools and tests end within seconds: in a
 * short training, V8 spends half of the processor time on optimised code that hardly runs. Long loops are still
 * optimised. `optimisingLate` in setup.mjs makes Node load this file first.
 */
process.getBuiltinModule('node:v8').setFlagsFromString('--interrupt-budget=2000000')
