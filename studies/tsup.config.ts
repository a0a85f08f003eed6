import { application } from '../scripts/tsup.ts'

export default application(['src/main.ts'])
