/** The common part of the two Vitest projects (Node and browser). */

/** Workspace imports resolve to `src` by this export condition, so that nothing has to be built before a test. */
export const sourceCondition = '@spikeward/source'

export const testFiles = [
  '{packages,apps,examples}/*/test/**/*.test.ts',
  'docs/test/**/*.test.ts',
  'scripts/test/**/*.test.ts',
]

/** Tests in Node that share a process: they mock no module, and restore the environment where they change it. */
export const pureTests = [
  'packages/core/test/{backendKit,emit,fuse,graph,lower,numpy,options,program,reference,tensor,tiling,transforms}/**/*.test.ts',
  'packages/{chip,energy,estimators,neurons,operators,optim,plots,testkit}/test/**/*.test.ts',
  'packages/backend-cpu/test/{kernel,memory,plan,routines,wasm}/**/*.test.ts',
  'packages/backend-cpu/test/declaration.test.ts',
  'packages/backend-native/test/{declaration,normaliseAxes,stepTimes}.test.ts',
  'packages/backend-webgpu/test/plan/*.test.ts',
  'packages/distributed/test/{parseShard,scheduler,share}.test.ts',
  'packages/nir/test/{execute,mlp}/**/*.test.ts',
  'packages/problems/test/*.test.ts',
  'packages/problems/test/equations/*.test.ts',
  'packages/train/test/*.test.ts',
  'packages/train/test/fit/{refinement,stream}.test.ts',
  'packages/train/test/node/{machine,runFolder,tensorboard}.test.ts',
  'apps/bench/test/{accuracy,catalogue,device,directions,margins,neuronModels,place,rounds,stream,tuned}.test.ts',
  'apps/bench/test/steps/{energy,grid,profile,roofline,scaling}.test.ts',
  'apps/bench/test/suite/{compare,guard,report,run,suite}.test.ts',
  'apps/cli/test/equations/*.test.ts',
  'apps/cli/test/hardware/*.test.ts',
  'apps/cli/test/{comparison,data,deploy,energy,nirAndChip,operator,parseFormula,reproduce,tables}.test.ts',
  'apps/cli/test/{ranks/shares,search/strategies,training/check,training/diagnosis,training/format1,training/margins}.test.ts',
  'apps/cli/test/usage/{budget,flagHelp,nearest,usage}.test.ts',
  'apps/demo/test/{story,draw/*}.test.ts',
  'docs/test/{decisionTables,gallery,glossary,links,reference}.test.ts',
  'scripts/test/{comparisonsPage,exportNames,manifestExports,picture,readmes,reliabilityPage,reproducePage,runInLanes}.test.ts',
]

/** Tests that run in a real browser only. */
export const browserOnly = '{packages,apps,examples}/*/test/**/*.browser.test.ts'

/** Tests that need nothing of Node and run in both places; the browser project takes them from here. */
export const alsoInBrowser: string[] = ['packages/train/test/fit/defaultBackend.test.ts']

/** A test fails by what it computes, not by how busy the machine is: these only end one that hangs. */
export const timeouts = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  teardownTimeout: 120_000,
  expect: { poll: { timeout: 300_000, interval: 50 } },
}
