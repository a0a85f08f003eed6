/**
 * Figures as Vega-Lite specifications: pure functions of records. Any program that draws Vega-Lite can show them.
 *
 * @module plots
 */
export { palettes, type Palette } from './palette.js'
export { panelsSpec, type FigureOptions, type FigureSpec, type LabelledFigure } from './figureSpec.js'
export { renderSvg, type PaperStyle } from './renderSvg.js'
export type { GridField } from './fieldImage.js'
export { curvesSpec, type Curves, type CurvesFigure } from './specs/curvesSpec.js'
export { lossSpec, type TrainingHistory } from './specs/lossSpec.js'
export { errorHistogramSpec, type FunctionErrors } from './specs/errorHistogramSpec.js'
export { mapSpec, mapsSpec, type Maps, type PlaneNames } from './specs/mapsSpec.js'
export { pointMapsSpec, type PointMaps } from './specs/pointMapsSpec.js'
export type { Outline } from './scattered/scatteredField.js'
export { paritySpec, type Parity } from './specs/paritySpec.js'
export { lineFieldsSpec, mapFieldsSpec } from './specs/operatorSpecs.js'
export type { ShownInput, LineFields, MapFields, ShownFunction } from './specs/operatorSpecs.js'
export { comparisonSpec, reproductionSpec } from './specs/comparisonSpec.js'
export type { ComparedPoint, Comparison, ReproducedPoint, Reproduction } from './specs/comparisonSpec.js'
export { spikesSpec, type LayerSpikes } from './specs/spikesSpec.js'
export { barChartSpec, lineChartSpec } from './specs/chartSpecs.js'
export type { BarChart, ChartAxis, ChartPoint, LineChart } from './specs/chartSpecs.js'
