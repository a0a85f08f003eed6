import { library } from '../../scripts/tsup.ts'

export default library([
  'src/index.ts',
  'src/node.ts',
  'src/regressionEntry.ts',
  'src/equationsEntry.ts',
  'src/operatorsEntry.ts',
])
