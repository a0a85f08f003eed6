import type { DefaultTheme } from 'vitepress'

type Item = DefaultTheme.SidebarItem
const link = (text: string, to: string): Item => ({ text, link: to })

/** The guides, in the order of what a reader wants to do: begin, solve, choose, extend, scale, judge, look up. */
export const guides: Item[] = [
  {
    text: 'Start',
    items: [
      link('In Node', '/start/node'),
      link('In the browser', '/start/browser'),
      link('From the command line', '/start/cli'),
      link('Learn from a stream', '/start/stream'),
      link('What forward only means', '/forward-only'),
    ],
  },
  {
    text: 'Solve',
    items: [
      link('Gallery of problems', '/gallery/'),
      link('Problems and your own data', '/problems'),
      {
        text: 'Each problem',
        collapsed: true,
        items: [
          link('Parabola', '/gallery/parabola'),
          link('Ripple', '/gallery/ripple'),
          link('Mexican hat', '/gallery/mexican-hat'),
          link('Poisson', '/gallery/poisson-1d'),
          link('Reaction–diffusion', '/gallery/reaction-diffusion'),
          link('Diffusion', '/gallery/diffusion'),
          link('Advection', '/gallery/advection'),
          link('Burgers', '/gallery/burgers'),
          link('Nonlinear diffusion', '/gallery/nonlinear-diffusion-2d'),
          link('Poisson, from the equation', '/gallery/poisson-pinn'),
          link('Burgers, from the equation', '/gallery/burgers-pinn'),
        ],
      },
      {
        text: 'Equations',
        collapsed: true,
        items: [
          link('Goals', '/gallery/equations/'),
          link('Heat', '/gallery/equations/heat-1d'),
          link('Wave', '/gallery/equations/wave-1d'),
          link('Poisson in the plane', '/gallery/equations/poisson-2d'),
          link('Helmholtz', '/gallery/equations/helmholtz-2d'),
          link('Kovasznay flow', '/gallery/equations/kovasznay'),
          link('Taylor–Green vortices', '/gallery/equations/taylor-green'),
          link('Lid-driven cavity', '/gallery/equations/lid-driven-cavity'),
          link('Elasticity', '/gallery/equations/elasticity-2d'),
          link('Allen–Cahn', '/gallery/equations/allen-cahn'),
          link('Inverse Poisson', '/gallery/equations/inverse-poisson'),
          link('Inverse Burgers', '/gallery/equations/inverse-burgers'),
          link('Advection and diffusion', '/gallery/equations/advection-diffusion'),
          link('Nagumo', '/gallery/equations/nagumo'),
          link('Darcy flow', '/gallery/equations/darcy-2d'),
          link('Navier–Stokes', '/gallery/equations/navier-stokes'),
        ],
      },
    ],
  },
  {
    text: 'Choose',
    items: [
      link('An estimator', '/estimators'),
      link('A neuron model', '/choosing/neuron'),
      link('A surrogate', '/choosing/surrogate'),
      link('A backend', '/choosing/backend'),
    ],
  },
  {
    text: 'Write your own',
    items: [
      link('Equation', '/own/equation'),
      link('Data reader', '/own/reader'),
      link('Training loop', '/own/loop'),
      link('Problem', '/own/problem'),
      link('Estimator', '/own/estimator'),
      link('Neuron model', '/own/neuron'),
      link('Surrogate', '/own/surrogate'),
      link('Backend', '/own/backend'),
      link('Publish it', '/own/publish'),
    ],
  },
  {
    text: 'Go further',
    items: [link('From a network to a chip', '/hardware'), link('From a laptop to a cluster', '/cluster')],
  },
  {
    text: 'Judge',
    items: [
      link('Reproducing the paper', '/reproduce'),
      link('How it scales', '/how-it-scales'),
      link('Benchmarks', '/benchmarks'),
      link('Replication', '/benchmarks/replication'),
      link('Comparisons at equal wall-clock time', '/comparisons'),
      link('Reliability', '/reliability/'),
      link('Failures that the tests found', '/reliability/failures'),
    ],
  },
  {
    text: 'Look up',
    collapsed: true,
    items: [
      link('API by topic', '/reference/api'),
      link('Options of estimators', '/reference/estimators'),
      link('Options of neurons, surrogates, encoders', '/reference/neurons'),
      link('Options of networks and derivatives', '/reference/operators'),
      link('Options of optimisers and schedules', '/reference/optim'),
      link('Options of problems', '/reference/problems'),
      link('Options of backends', '/reference/backends'),
      link('Glossary', '/glossary'),
      link('Compatibility of files', '/reliability/compatibility'),
      link('Threat model', '/reliability/threat-model'),
      link('Architecture', '/architecture'),
      link('How estimators see a network', '/layers'),
      link('Decisions', '/decisions/'),
    ],
  },
]
