/** The one part of the package that is needed, of which it has no types: all of it takes 8 MB of an idle agent's memory. */
declare module 'systeminformation/lib/memory.js' {
  export { mem } from 'systeminformation';
}
