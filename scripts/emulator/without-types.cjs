'use strict';

/** Plugin of the Serverless Framework, put into the copy that goes to an emulator: leaves out resources of the types in FLOE_WITHOUT_TYPES, which it refuses. */
module.exports = class WithoutTypes {
  constructor(serverless) {
    this.hooks = {
      'before:package:initialize': () => {
        const types = (process.env.FLOE_WITHOUT_TYPES ?? '').split(',');
        const { Resources } = serverless.service.resources;
        for (const [id, { Type }] of Object.entries(Resources)) if (types.includes(Type)) delete Resources[id];
      },
    };
  }
};
