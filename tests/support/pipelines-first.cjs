'use strict';
const Sequencer = require('@jest/test-sequencer').default;

/** What takes longest: begun last, one of them would keep the run waiting alone. Jest knows that by itself only from its second run on. */
const LONG = /\/tests\/(pipeline|properties|deploy\/(packaged|embedded|mistakes|mutations)|cli\/(local-pipeline|command-line|deployed-stage)|cloud\/athena-sql\/semantics|cloud\/command)/;

module.exports = class PipelinesFirst extends Sequencer {
  sort(tests) {
    const sorted = [...super.sort(tests)];
    return [...sorted.filter(({ path }) => LONG.test(path)), ...sorted.filter(({ path }) => !LONG.test(path))];
  }
};
