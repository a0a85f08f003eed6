/**
 * Figures as Vega-Lite specifications: pure functions of records. Any program that draws Vega-Lite can show them.
 *
 * @module plots
 */
export { palettes } from './palette.js'
export type { Palette } from './palette.js'
export type { FigureOptions, FigureSpec } from './figureSpec.js'
export type { GridField } from './fieldImage.js'
export { curvesSpec } from './specs/curvesSpec.js'
export type { Curves, CurvesFigure } from './specs/curvesSpec.js'
export { lossSpec } from './specs/lossSpec.js'
export type { TrainingHistory } from './specs/lossSpec.js'
export { errorHistogramSpec } from './specs/errorHistogramSpec.js'
export type { FunctionErrors } from './specs/errorHistogramSpec.js'
export { mapSpec, mapsSpec } from './specs/mapsSpec.js'
export type { Maps, PlaneNames } from './specs/mapsSpec.js'
export { pointMapsSpec } from './specs/pointMapsSpec.js'
export type { PointMaps } from './specs/pointMapsSpec.js'
export { paritySpec } from './specs/paritySpec.js'
export type { Parity } from './specs/paritySpec.js'
export { lineFieldsSpec, mapFieldsSpec } from './specs/operatorSpecs.js'
export type { LineFields, MapFields, ShownFunction } from './specs/operatorSpecs.js'
export { comparisonSpec, reproductionSpec } from './specs/comparisonSpec.js'
export type { ComparedPoint, Comparison, ReproducedPoint, Reproduction } from './specs/comparisonSpec.js'
export { spikesSpec } from './specs/spikesSpec.js'
export type { LayerSpikes } from './specs/spikesSpec.js'
export { barChartSpec, lineChartSpec } from './specs/chartSpecs.js'
export type { BarChart, ChartAxis, ChartPoint, LineChart } from './specs/chartSpecs.js'
