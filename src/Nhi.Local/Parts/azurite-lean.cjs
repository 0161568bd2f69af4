// node --require azurite-lean.cjs azurite.js ...     What Azurite does for nothing, left out; and the world's clock.
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

// The world's clock may be ahead of the machine's (WorldClock); each request that comes by its proxy says how far.
const { Date: Machine } = globalThis;
let ahead = 0;
const now = () => Machine.now() + ahead;
globalThis.Date = new Proxy(Machine, {
    construct: (target, given, created) => Reflect.construct(target, given.length ? given : [now()], created),
    get: (target, name) => name === 'now' ? now : Reflect.get(target, name),
});
const { Server } = require('node:https');
const { emit } = Server.prototype;
Server.prototype.emit = function (name, ...rest) {
    if (name === 'request') ahead = Math.max(ahead, Number(rest[0].headers['x-nhi-ahead']) || 0);
    return emit.call(this, name, ...rest);
};
