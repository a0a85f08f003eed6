import type { Offered } from '../protocol.js'

/**
 * The options that the page has a control for: those that can be written as text, except required ones and the number of
 * outputs, which the problem decides.
 */
export const offeredOptions = ({ options }: Offered): Offered['options'] =>
  options.filter((o) => o.writable && o.presence !== 'required' && o.name !== 'outputs')
