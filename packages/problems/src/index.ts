/**
 * Problems for every platform; data files and stored data sets are in `@spikeward/problems/node`.
 *
 * @module problems
 */
export { gridPoints, nodesOf, scatteredPoints, stepOf, type GridPlacement, type Line } from './geometry/gridPoints.js'
export { meanRelativeL2, relativeL2, type Domain } from '@spikeward/core'
export { gridRegression, type GridRegression } from './regression/gridRegression.js'
export * from './regressionEntry.js'

export { sampleFunctions, type FunctionSpace } from './spaces/sampleFunctions.js'
export { gaussianProcess, rbf, type CovarianceKernel, type GaussianProcessOptions } from './spaces/gaussianProcess.js'
export { karhunenLoeve, type KarhunenLoeve, type KarhunenLoeveOptions } from './spaces/karhunenLoeve.js'
export { spectralField, type SpectralFieldOptions } from './spaces/spectralField.js'

export { solvePoisson1d } from './pde/poisson1d/solver.js'
export { solveReactionDiffusion, type ReactionDiffusion } from './pde/reactionDiffusion/solver.js'
export { solveDiffusion } from './pde/diffusion/solver.js'
export { solveAdvection } from './pde/advection/solver.js'
export { laxWendroff, type Advection } from './pde/advection/laxWendroff.js'
export { solveBurgers } from './pde/burgers/solver.js'
export { solveNonlinearDiffusion2d, type NonlinearDiffusion } from './pde/nonlinearDiffusion2d/solver.js'

export { axisCoordinate, countOf, pointsOf } from './geometry/coordinates.js'
export { interpolate1d, interpolate2d } from './interpolation/interpolateSensors.js'
export { resample } from './interpolation/resample.js'
export { endConditions, region } from './geometry/region.js'
export { sensorsOfSeveral, sensorsOn, type NamedSensors } from './geometry/sensors.js'
export { generatedProblem, type GeneratedProblem, type SplitOptions } from './operatorProblem/generatedProblem.js'
export { solveAdvectionDiffusion, type SolveAdvectionDiffusionOptions } from './pde/advectionDiffusion/solver.js'
export * from './operatorsEntry.js'
export * from './equationsEntry.js'
export { byDistance } from './equations/byDistance.js'
export { biharmonic, curl, d, divergence, gradient, laplacian, normalDerivative } from './equations/component.js'
export type { Component, Components, ByName } from './equations/component.js'
export {
  condition,
  dirichlet,
  initial,
  neumann,
  periodic,
  pointValues,
  robin,
} from './equations/conditions/conditions.js'
export type { ConditionValue, ConditionValues, On } from './equations/conditions/conditions.js'
export { interfaceBetween, type InterfaceOptions } from './equations/conditions/interfaceBetween.js'
export { equationProblem, type EquationPoints, type EquationSpec } from './equations/equationProblem.js'
export type { At, More, Residual } from './equations/conditions/place.js'
export type { BoundaryPart, ConditionMaker, NamedCondition, Space } from './equations/spaces/space.js'
export { ball, disc, type BallOptions } from './shapes/ball.js'
export { box } from './shapes/box.js'
export { difference, intersection, union } from './shapes/combine.js'
export { boundaryMeasureOf, boundaryPoints, interiorPoints, measureOf } from './shapes/points/points.js'
export type { PointsOptions } from './shapes/points/points.js'
export { polygon, type PolygonOptions } from './shapes/polygon.js'
export type { Sequence } from './shapes/points/sequences.js'
export { numberAlgebra } from './shapes/geometry.js'
export type { Algebra, BoundaryPiece, BoundaryPoint, Geometry } from './shapes/geometry.js'
export { pointCloud, type PointCloud } from './shapes/pointCloud.js'
export { triangleMesh, type TriangleMesh } from './shapes/triangles/triangleMesh.js'
export { solveCavity, type SolveCavityOptions } from './pde/lidDrivenCavity/solver.js'
export { ghia100 } from './pde/lidDrivenCavity/ghia.js'
export { solveDarcy, type SolveDarcyOptions } from './pde/darcy2d/solver.js'
export { solveVorticity, type SolveVorticityOptions } from './pde/navierStokes/solver.js'
export { neumannField, type NeumannFieldOptions } from './spaces/neumannField.js'
export { periodicField2d, type PeriodicField2dOptions } from './spaces/periodicField2d.js'
export { solvePeriodicReaction, type SolvePeriodicReactionOptions } from './numerics/solvePeriodicReaction.js'
export { solvePoissonOnL, type PoissonOnL } from './pde/poisson2d/solver.js'
export { trajectoryProblem, type TrajectorySpec } from './operatorProblem/trajectoryProblem.js'
export { trajectoryData, type TrajectoryDataOptions } from './operatorProblem/trajectoryData.js'
export { rolloutProblem } from './operatorProblem/rolloutProblem.js'
export { dataProblem, type DataProblemOptions } from './operatorProblem/dataProblem.js'
export { sequenceProblem, sequenceWindows, type SequenceProblemOptions } from './regression/sequences/problem.js'
export { tableProblem, type TableProblemOptions } from './regression/table/problem.js'
export type { NamedArray } from './splits/namedArray.js'
export type { SplitFractions } from './splits/splitRows.js'
export { bearing, bearingVibration, wearing } from './streams/bearing.js'
export { tankLevels, tankRun, tanks, type TankRun } from './streams/cascadedTanks.js'
export { exampleStreams, type ExampleStream } from './streams/exampleStreams.js'
export { plate, rod, type HeatModes, type HeatedBody } from './streams/heatedBody.js'
export {
  driftingHeat,
  heatedField,
  heatedStream,
  type HeatConditions,
  type HeatSample,
} from './streams/heatedStream.js'
export { lorenzSeries, type LorenzSeriesOptions } from './streams/lorenz.js'
export { mackeyGlass, type MackeyGlassOptions } from './streams/mackeyGlass.js'
export { heatFilter, type HeatFilter } from './streams/heatFilter.js'
export {
  addingSequences,
  copySequences,
  lorenzSequences,
  vanDerPolSequences,
} from './streams/sequenceGenerators.js'
export type { SequenceBatch, SequenceGenerator } from './streams/sequenceGenerators.js'
