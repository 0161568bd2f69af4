// node --require azurite-lean.cjs azurite.js ...     What Azurite does for nothing, left out.
'use strict';
const Module = require('node:module');
const load = Module._load;
let templates;

Module._load = function (request, ...rest) {
    // Its telemetry: loaded also where --disableTelemetry says that none is sent, and the larger half of what a start costs.
    if (request === 'applicationinsights') return {};
    const loaded = load.call(this, request, ...rest);
    if (request !== 'uri-templates') return loaded;
    // The templates of all its operations: parsed anew for each request, to find out which one it is.
    if (!templates) {
        const parsed = new Map();
        templates = text => {
            if (!parsed.has(text)) parsed.set(text, loaded(text));
            return parsed.get(text);
        };
    }

    return templates;
};
