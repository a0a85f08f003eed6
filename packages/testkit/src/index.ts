export { backendChecks, describeBackend } from './backend/describeBackend.js'
export { backendSubject, type BackendOptions, type BackendSubject } from './backend/subject.js'
export { arbitraryKernel, type GeneratedKernel, type GeneratorOptions } from './backend/generateKernel.js'
export { CheckFailure, failuresOf, type Check } from './check.js'
