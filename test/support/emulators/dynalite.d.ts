// dynalite ships no types: what we use of it.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  function dynalite(options?: { createTableMs?: number; deleteTableMs?: number; path?: string }): Server;
  export default dynalite;
}
