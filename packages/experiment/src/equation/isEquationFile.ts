/** Whether a problem is an equation in a file: `./heat.json`. */
export const isEquationFile = (problem: string): boolean => problem.endsWith('.json')
