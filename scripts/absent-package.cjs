'use strict';

/** Stands in a function's bundle for a package that the function never comes to (scripts/bundle-functions.cjs). */
module.exports = new Proxy({}, {
  get: (_target, name) => () => {
    throw new Error(`${String(name)} belongs to a package that was left out of the bundle`);
  },
});
