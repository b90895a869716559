/** The one part of the package that is needed; it has no types of its own. All of the package takes 8 MB of an idle agent's memory. */
declare module 'systeminformation/lib/memory.js' {
  export { mem } from 'systeminformation';
}
