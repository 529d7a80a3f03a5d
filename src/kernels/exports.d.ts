// Made by `npm run kernels`.

/** Exported memory */
export declare const memory: WebAssembly.Memory;
/** src/kernels/assembly/index/freeFrom */
export declare const freeFrom: {
  /** @type `usize` */
  get value(): number
};
/**
 * src/kernels/assembly/residual-tables/decodingEntry
 * @param table `i32`
 * @param state `i32`
 * @returns `i32`
 */
export declare function decodingEntry(table: number, state: number): number;
/**
 * src/kernels/assembly/residual-tables/lowBits
 * @param residualClass `i32`
 * @returns `i32`
 */
export declare function lowBits(residualClass: number): number;
/**
 * src/kernels/assembly/residual-tables/meanMagnitude
 * @param residualClass `i32`
 * @returns `f64`
 */
export declare function meanMagnitude(residualClass: number): number;
/**
 * src/kernels/assembly/residual-tables/reach
 * @param residualClass `i32`
 * @returns `i32`
 */
export declare function reach(residualClass: number): number;
/**
 * src/kernels/assembly/residual-tables/tableOf
 * @param residualClass `i32`
 * @returns `i32`
 */
export declare function tableOf(residualClass: number): number;
/**
 * src/kernels/assembly/align-beats/templatesSize
 * @param leadCount `i32`
 * @returns `i32`
 */
export declare function templatesSize(leadCount: number): number;
/**
 * src/kernels/assembly/align-beats/alignBeats
 * @param templates `usize`
 * @param leadCount `i32`
 * @param count `i32`
 * @param shapes `usize`
 * @param numbers `usize`
 * @param shifts `usize`
 */
export declare function alignBeats(templates: number, leadCount: number, count: number, shapes: number, numbers: number, shifts: number): void;
/**
 * src/kernels/assembly/average-beats/bridgeMissing
 * @param samples `usize`
 * @param count `i32`
 * @returns `i32`
 */
export declare function bridgeMissing(samples: number, count: number): number;
/**
 * src/kernels/assembly/average-beats/resample
 * @param values `usize`
 * @param count `i32`
 * @param step `f64`
 * @param firsts `usize`
 * @param weights `usize`
 * @param taps `i32`
 * @param result `usize`
 * @param results `i32`
 */
export declare function resample(values: number, count: number, step: number, firsts: number, weights: number, taps: number, result: number, results: number): void;
/**
 * src/kernels/assembly/average-beats/steepnessOf
 * @param values `usize`
 * @param count `i32`
 * @returns `f64`
 */
export declare function steepnessOf(values: number, count: number): number;
/**
 * src/kernels/assembly/average-beats/addWindows
 * @param values `usize`
 * @param starts `usize`
 * @param count `i32`
 * @param length `i32`
 * @param sums `usize`
 */
export declare function addWindows(values: number, starts: number, count: number, length: number, sums: number): void;
/**
 * src/kernels/assembly/average-beats/addToTemplate
 * @param template `usize`
 * @param leads `usize`
 * @param count `i32`
 * @param start `i32`
 */
export declare function addToTemplate(template: number, leads: number, count: number, start: number): void;
/**
 * src/kernels/assembly/average-beats/correlate
 * @param template `usize`
 * @param leads `usize`
 * @param count `i32`
 * @param start `i32`
 * @returns `f64`
 */
export declare function correlate(template: number, leads: number, count: number, start: number): number;
/**
 * src/kernels/assembly/beat-template/compareWithTemplate
 * @param shape `usize`
 * @param template `usize`
 * @param found `usize`
 */
export declare function compareWithTemplate(shape: number, template: number, found: number): void;
/**
 * src/kernels/assembly/candidate-kinds/candidateKindsSize
 * @param leadCount `i32`
 * @returns `i32`
 */
export declare function candidateKindsSize(leadCount: number): number;
/**
 * src/kernels/assembly/candidate-kinds/groupCandidates
 * @param kinds `usize`
 * @param leadCount `i32`
 * @param first `i32`
 * @param count `i32`
 * @param shapes `usize`
 * @param logs `usize`
 * @param isBeat `usize`
 * @param kindOf `usize`
 * @param fits `usize`
 * @param likes `usize`
 * @param slopeLikes `usize`
 * @param offHeights `usize`
 * @returns `i32`
 */
export declare function groupCandidates(kinds: number, leadCount: number, first: number, count: number, shapes: number, logs: number, isBeat: number, kindOf: number, fits: number, likes: number, slopeLikes: number, offHeights: number): number;
/**
 * src/kernels/assembly/candidate-neighbours/lookAtNeighbours
 * @param times `usize`
 * @param logs `usize`
 * @param from `i32`
 * @param to `i32`
 * @param end `i32`
 * @param before `usize`
 * @param after `usize`
 * @param followed `usize`
 * @param delays `usize`
 * @param ahead `usize`
 */
export declare function lookAtNeighbours(times: number, logs: number, from: number, to: number, end: number, before: number, after: number, followed: number, delays: number, ahead: number): void;
/**
 * src/kernels/assembly/candidate-neighbours/measureWidths
 * @param shapes `usize`
 * @param leadCount `i32`
 * @param count `i32`
 * @param ratios `usize`
 */
export declare function measureWidths(shapes: number, leadCount: number, count: number, ratios: number): void;
/**
 * src/kernels/assembly/candidate-network/scoreRows
 * @param size `i32`
 * @param count `i32`
 * @param rows `usize`
 * @param units `i32`
 * @param weights `usize`
 * @param values `usize`
 * @param results `usize`
 */
export declare function scoreRows(size: number, count: number, rows: number, units: number, weights: number, values: number, results: number): void;
/**
 * src/kernels/assembly/candidates/takeEnergy
 * @param sum `usize`
 * @param energy `usize`
 * @param count `i32`
 * @param factor `f64`
 */
export declare function takeEnergy(sum: number, energy: number, count: number, factor: number): void;
/**
 * src/kernels/assembly/candidates/addEnergy
 * @param sum `usize`
 * @param energy `usize`
 * @param count `i32`
 * @param factor `f64`
 */
export declare function addEnergy(sum: number, energy: number, count: number, factor: number): void;
/**
 * src/kernels/assembly/candidates/findPeaks
 * @param sum `usize`
 * @param from `i32`
 * @param to `i32`
 * @param apart `i32`
 * @param least `f64`
 * @param places `usize`
 * @param most `i32`
 * @returns `i32`
 */
export declare function findPeaks(sum: number, from: number, to: number, apart: number, least: number, places: number, most: number): number;
/**
 * src/kernels/assembly/candidates/addHeights
 * @param signal `usize`
 * @param energy `usize`
 * @param count `i32`
 * @param places `usize`
 * @param reach `i32`
 * @param weight `f64`
 * @param level `f64`
 * @param heights `usize`
 */
export declare function addHeights(signal: number, energy: number, count: number, places: number, reach: number, weight: number, level: number, heights: number): void;
/**
 * src/kernels/assembly/candidates/addExcursions
 * @param signal `usize`
 * @param count `i32`
 * @param starts `usize`
 * @param factor `f64`
 * @param far `i32`
 * @param reach `i32`
 */
export declare function addExcursions(signal: number, count: number, starts: number, factor: number, far: number, reach: number): void;
/**
 * src/kernels/assembly/candidates/pickPeaks
 * @param count `i32`
 * @param reach `i32`
 * @param places `usize`
 * @param peaks `usize`
 */
export declare function pickPeaks(count: number, reach: number, places: number, peaks: number): void;
/**
 * src/kernels/assembly/candidates/readShapes
 * @param values `usize`
 * @param valueCount `i32`
 * @param count `i32`
 * @param firsts `usize`
 * @param step `f64`
 * @param shapes `usize`
 * @param apart `i32`
 * @param largest `usize`
 */
export declare function readShapes(values: number, valueCount: number, count: number, firsts: number, step: number, shapes: number, apart: number, largest: number): void;
/**
 * src/kernels/assembly/checksum/crc32
 * @param bytes `usize`
 * @param length `i32`
 * @param crc `i32`
 * @returns `i32`
 */
export declare function crc32(bytes: number, length: number, crc: number): number;
/**
 * src/kernels/assembly/derivation/derivationErrors
 * @param whole `i32`
 * @param half1 `i32`
 * @param half2 `i32`
 * @param first `usize`
 * @param second `usize`
 * @param samples `usize`
 * @param count `i32`
 * @param errors `usize`
 */
export declare function derivationErrors(whole: number, half1: number, half2: number, first: number, second: number, samples: number, count: number, errors: number): void;
/**
 * src/kernels/assembly/derivation/undoDerivation
 * @param whole `i32`
 * @param half1 `i32`
 * @param half2 `i32`
 * @param first `usize`
 * @param second `usize`
 * @param errors `usize`
 * @param count `i32`
 */
export declare function undoDerivation(whole: number, half1: number, half2: number, first: number, second: number, errors: number, count: number): void;
/**
 * src/kernels/assembly/derivation/findDerivation
 * @param samples `usize`
 * @param candidates `usize`
 * @param candidateCount `i32`
 * @param probes `usize`
 * @param probeCount `i32`
 * @param found `usize`
 * @returns `bool`
 */
export declare function findDerivation(samples: number, candidates: number, candidateCount: number, probes: number, probeCount: number, found: number): boolean;
/**
 * src/kernels/assembly/fit/addActivity
 * @param samples `usize`
 * @param indices `usize`
 * @param rows `i32`
 * @param leads `i32`
 * @param activity `usize`
 * @param points `i32`
 * @param first `i32`
 * @param step `i32`
 */
export declare function addActivity(samples: number, indices: number, rows: number, leads: number, activity: number, points: number, first: number, step: number): void;
/**
 * src/kernels/assembly/fit/smoothActivity
 * @param activity `usize`
 * @param points `i32`
 * @param share `f64`
 */
export declare function smoothActivity(activity: number, points: number, share: number): void;
/**
 * src/kernels/assembly/fit/fillPair
 * @param samples `usize`
 * @param lag `i32`
 * @param indices `usize`
 * @param weights `usize`
 * @param rows `i32`
 * @param pair `usize`
 * @returns `u32`
 */
export declare function fillPair(samples: number, lag: number, indices: number, weights: number, rows: number, pair: number): number;
/**
 * src/kernels/assembly/fit/multiply
 * @param pairs `usize`
 * @param from `i32`
 * @param to `i32`
 * @param rows `i32`
 * @param products `usize`
 * @param stride `i32`
 */
export declare function multiply(pairs: number, from: number, to: number, rows: number, products: number, stride: number): void;
/**
 * src/kernels/assembly/fit/isRough
 * @param samples `usize`
 * @param length `i32`
 * @param stride `i32`
 * @returns `bool`
 */
export declare function isRough(samples: number, length: number, stride: number): boolean;
/**
 * src/kernels/assembly/fit/eliminate
 * @param matrix `usize`
 * @param size `i32`
 * @param pivot `i32`
 */
export declare function eliminate(matrix: number, size: number, pivot: number): void;
/**
 * src/kernels/assembly/fit/leastSquares
 * @param matrix `usize`
 * @param size `i32`
 * @param n `i32`
 * @param solution `usize`
 */
export declare function leastSquares(matrix: number, size: number, n: number, solution: number): void;
/**
 * src/kernels/assembly/gaps/indexOfSample
 * @param samples `usize`
 * @param from `i32`
 * @param to `i32`
 * @param value `i32`
 * @returns `i32`
 */
export declare function indexOfSample(samples: number, from: number, to: number, value: number): number;
/**
 * src/kernels/assembly/lead-blocks/noiseOfBlock
 * @param energy `usize`
 * @param count `i32`
 * @returns `f64`
 */
export declare function noiseOfBlock(energy: number, count: number): number;
/**
 * src/kernels/assembly/lead-blocks/judgeBlocks
 * @param slots `i32`
 * @param from `i32`
 * @param to `i32`
 * @param peaks `usize`
 * @param noises `usize`
 * @param areRecorded `usize`
 * @param found `usize`
 * @returns `i32`
 */
export declare function judgeBlocks(slots: number, from: number, to: number, peaks: number, noises: number, areRecorded: number, found: number): number;
/**
 * src/kernels/assembly/lead-signal/addGroups
 * @param samples `usize`
 * @param count `i32`
 * @param factor `i32`
 * @param offset `f64`
 * @param sums `usize`
 * @returns `i32`
 */
export declare function addGroups(samples: number, count: number, factor: number, offset: number, sums: number): number;
/**
 * src/kernels/assembly/lead-signal/takeSpikes
 * @param values `usize`
 * @param from `i32`
 * @param to `i32`
 * @param least `f64`
 * @returns `i32`
 */
export declare function takeSpikes(values: number, from: number, to: number, least: number): number;
/**
 * src/kernels/assembly/lead-signal/takeSteps
 * @param values `usize`
 * @param from `i32`
 * @param to `i32`
 * @param end `i32`
 * @param reach `i32`
 * @returns `f64`
 */
export declare function takeSteps(values: number, from: number, to: number, end: number, reach: number): number;
/**
 * src/kernels/assembly/lead-signal/smoothValues
 * @param values `usize`
 * @param smooth `usize`
 * @param count `i32`
 * @param middle `f64`
 * @param near `f64`
 * @param far `f64`
 */
export declare function smoothValues(values: number, smooth: number, count: number, middle: number, near: number, far: number): void;
/**
 * src/kernels/assembly/lead-signal/resampleSlopes
 * @param signal `usize`
 * @param place `f64`
 * @param step `f64`
 * @param count `i32`
 * @param slopes `usize`
 */
export declare function resampleSlopes(signal: number, place: number, step: number, count: number, slopes: number): void;
/**
 * src/kernels/assembly/lead-signal/measureEnergy
 * @param signal `usize`
 * @param count `i32`
 * @param whole `i32`
 * @param part `f64`
 * @param side `i32`
 * @param energy `usize`
 * @returns `f64`
 */
export declare function measureEnergy(signal: number, count: number, whole: number, part: number, side: number, energy: number): number;
/**
 * src/kernels/assembly/networks/convolve
 * @param signals `usize`
 * @param inputs `i32`
 * @param steps `i32`
 * @param taps `i32`
 * @param dilation `i32`
 * @param weights `usize`
 * @param scales `usize`
 * @param outputs `i32`
 * @param before `usize`
 * @param beforeStride `usize`
 * @param result `usize`
 */
export declare function convolve(signals: number, inputs: number, steps: number, taps: number, dilation: number, weights: number, scales: number, outputs: number, before: number, beforeStride: number, result: number): void;
/**
 * src/kernels/assembly/networks/rectify
 * @param values `usize`
 * @param count `i32`
 * @param added `usize`
 * @param result `usize`
 */
export declare function rectify(values: number, count: number, added: number, result: number): void;
/**
 * src/kernels/assembly/networks/toIntegers
 * @param values `usize`
 * @param count `i32`
 * @param factor `f32`
 * @param result `usize`
 */
export declare function toIntegers(values: number, count: number, factor: number, result: number): void;
/**
 * src/kernels/assembly/networks/meanOf
 * @param first `usize`
 * @param apart `usize`
 * @param arrays `i32`
 * @param count `i32`
 * @param result `usize`
 */
export declare function meanOf(first: number, apart: number, arrays: number, count: number, result: number): void;
/**
 * src/kernels/assembly/networks/pointByScores
 * @param scores `usize`
 * @param steps `i32`
 * @param firstTime `f32`
 * @param stepTime `f32`
 * @param result `usize`
 */
export declare function pointByScores(scores: number, steps: number, firstTime: number, stepTime: number, result: number): void;
/**
 * src/kernels/assembly/networks/compressLarge
 * @param values `usize`
 * @param count `i32`
 */
export declare function compressLarge(values: number, count: number): void;
/**
 * src/kernels/assembly/networks/lookAgain
 * @param window `usize`
 * @param centre `i32`
 * @param step `i32`
 * @param last `i32`
 * @param weights `usize`
 * @param leastScale `f32`
 * @param inputs `usize`
 * @returns `f32`
 */
export declare function lookAgain(window: number, centre: number, step: number, last: number, weights: number, leastScale: number, inputs: number): number;
/**
 * src/kernels/assembly/numbers/readIntegers
 * @param text `usize`
 * @param end `usize`
 * @param samples `usize`
 * @returns `i32`
 */
export declare function readIntegers(text: number, end: number, samples: number): number;
/**
 * src/kernels/assembly/numbers/countCommas
 * @param text `usize`
 * @param end `usize`
 * @returns `i32`
 */
export declare function countCommas(text: number, end: number): number;
/**
 * src/kernels/assembly/numbers/writeIntegers
 * @param samples `usize`
 * @param count `i32`
 * @param text `usize`
 * @returns `i32`
 */
export declare function writeIntegers(samples: number, count: number, text: number): number;
/**
 * src/kernels/assembly/numbers/writePairs
 * @param pairs `usize`
 * @param count `i32`
 * @param text `usize`
 * @returns `i32`
 */
export declare function writePairs(pairs: number, count: number, text: number): number;
/**
 * src/kernels/assembly/p-likeness/readSlopes
 * @param values `usize`
 * @param length `i32`
 * @param centres `usize`
 * @param beats `i32`
 * @param first `i32`
 * @param slopes `usize`
 */
export declare function readSlopes(values: number, length: number, centres: number, beats: number, first: number, slopes: number): void;
/**
 * src/kernels/assembly/p-likeness/compareWithSome
 * @param slopes `usize`
 * @param isOne `usize`
 * @param beats `i32`
 * @param sums `usize`
 * @param likeness `usize`
 */
export declare function compareWithSome(slopes: number, isOne: number, beats: number, sums: number, likeness: number): void;
/**
 * src/kernels/assembly/p-likeness/comparePairs
 * @param slopes `usize`
 * @param compared `usize`
 * @param count `i32`
 * @param neighbours `i32`
 * @param sums `usize`
 * @param likeness `usize`
 */
export declare function comparePairs(slopes: number, compared: number, count: number, neighbours: number, sums: number, likeness: number): void;
/**
 * src/kernels/assembly/p-wave/addLikeness
 * @param values `usize`
 * @param length `i32`
 * @param starts `usize`
 * @param beats `i32`
 * @param slopes `usize`
 * @param from `i32`
 * @param to `i32`
 * @param weight `f64`
 * @param sums `usize`
 */
export declare function addLikeness(values: number, length: number, starts: number, beats: number, slopes: number, from: number, to: number, weight: number, sums: number): void;
/**
 * src/kernels/assembly/peak-likeness/comparePeaks
 * @param slopes `usize`
 * @param sizes `usize`
 * @param slots `i32`
 * @param first `i32`
 * @param block `i32`
 * @param count `i32`
 * @param shift `i32`
 * @param found `usize`
 */
export declare function comparePeaks(slopes: number, sizes: number, slots: number, first: number, block: number, count: number, shift: number, found: number): void;
/**
 * src/kernels/assembly/prediction/predictionErrors
 * @param shift `i32`
 * @param a `usize`
 * @param b `usize`
 * @param c `usize`
 * @param referenceWeights `usize`
 * @param ownWeights `usize`
 * @param samples `usize`
 * @param from `i32`
 * @param to `i32`
 * @param start `i32`
 * @param errors `usize`
 */
export declare function predictionErrors(shift: number, a: number, b: number, c: number, referenceWeights: number, ownWeights: number, samples: number, from: number, to: number, start: number, errors: number): void;
/**
 * src/kernels/assembly/prediction/undoPrediction
 * @param shift `i32`
 * @param a `usize`
 * @param b `usize`
 * @param c `usize`
 * @param referenceWeights `usize`
 * @param ownWeights `usize`
 * @param samples `usize`
 * @param from `i32`
 * @param to `i32`
 * @param start `i32`
 * @returns `i32`
 */
export declare function undoPrediction(shift: number, a: number, b: number, c: number, referenceWeights: number, ownWeights: number, samples: number, from: number, to: number, start: number): number;
/**
 * src/kernels/assembly/residuals/blockMeans
 * @param residuals `usize`
 * @param count `i32`
 * @param means `usize`
 */
export declare function blockMeans(residuals: number, count: number, means: number): void;
/**
 * src/kernels/assembly/residuals/encodeResiduals
 * @param residuals `usize`
 * @param count `i32`
 * @param classes `usize`
 * @param stream `usize`
 * @param found `usize`
 */
export declare function encodeResiduals(residuals: number, count: number, classes: number, stream: number, found: number): void;
/**
 * src/kernels/assembly/residuals/decodeResiduals
 * @param stream `usize`
 * @param streamBytes `i32`
 * @param residuals `usize`
 * @param count `i32`
 * @param escapes `usize`
 * @param escapeCount `i32`
 * @returns `i32`
 */
export declare function decodeResiduals(stream: number, streamBytes: number, residuals: number, count: number, escapes: number, escapeCount: number): number;
/**
 * src/kernels/assembly/samples/rangeOf
 * @param samples `usize`
 * @param count `i32`
 * @param result `usize`
 */
export declare function rangeOf(samples: number, count: number, result: number): void;
/**
 * src/kernels/assembly/samples/measureParts
 * @param samples `usize`
 * @param count `i32`
 * @param parts `i32`
 * @param range `usize`
 * @param means `usize`
 * @returns `i32`
 */
export declare function measureParts(samples: number, count: number, parts: number, range: number, means: number): number;
/**
 * src/kernels/assembly/samples/measureTones
 * @param samples `usize`
 * @param count `i32`
 * @param parts `i32`
 * @param level `f64`
 * @param waves `usize`
 * @param first `usize`
 * @param second `usize`
 * @returns `i32`
 */
export declare function measureTones(samples: number, count: number, parts: number, level: number, waves: number, first: number, second: number): number;
/**
 * src/kernels/assembly/samples/measureNoiseOfParts
 * @param samples `usize`
 * @param count `i32`
 * @param parts `i32`
 * @param step `i32`
 * @param powers `usize`
 * @returns `i32`
 */
export declare function measureNoiseOfParts(samples: number, count: number, parts: number, step: number, powers: number): number;
/**
 * src/kernels/assembly/samples/measureRuns
 * @param samples `usize`
 * @param count `i32`
 * @param low `i32`
 * @param high `i32`
 * @param leastFlat `i32`
 * @param leastClipped `i32`
 * @param leastRun `i32`
 * @param leastStep `f64`
 * @param result `usize`
 */
export declare function measureRuns(samples: number, count: number, low: number, high: number, leastFlat: number, leastClipped: number, leastRun: number, leastStep: number, result: number): void;
/**
 * src/kernels/assembly/samples/findChange
 * @param samples `usize`
 * @param from `i32`
 * @param to `i32`
 * @param least `u32`
 * @returns `i32`
 */
export declare function findChange(samples: number, from: number, to: number, least: number): number;
/**
 * src/kernels/assembly/sure-templates/compareSlopes
 * @param shape `usize`
 * @param scales `usize`
 * @param leadCount `i32`
 * @param templates `usize`
 * @param templateCount `i32`
 * @param reach `i32`
 * @param slopes `usize`
 * @param fits `usize`
 */
export declare function compareSlopes(shape: number, scales: number, leadCount: number, templates: number, templateCount: number, reach: number, slopes: number, fits: number): void;
/**
 * src/kernels/assembly/zero-crossings/countSignChanges
 * @param samples `usize`
 * @param count `i32`
 * @param lastWithSign `usize`
 * @returns `i32`
 */
export declare function countSignChanges(samples: number, count: number, lastWithSign: number): number;
