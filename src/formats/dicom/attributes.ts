/**
 * The attributes of an ECG that are read or written, by their keywords, with tag and value representation.
 * Specification: DICOM PS3.6, chapter 6; for the file meta information PS3.10, section 7.1.
 */
export const ATTRIBUTES = {
  FileMetaInformationGroupLength: "0002,0000 UL",
  FileMetaInformationVersion: "0002,0001 OB",
  MediaStorageSOPClassUID: "0002,0002 UI",
  MediaStorageSOPInstanceUID: "0002,0003 UI",
  TransferSyntaxUID: "0002,0010 UI",
  ImplementationClassUID: "0002,0012 UI",
  ImplementationVersionName: "0002,0013 SH",
  SpecificCharacterSet: "0008,0005 CS",
  SOPClassUID: "0008,0016 UI",
  SOPInstanceUID: "0008,0018 UI",
  StudyDate: "0008,0020 DA",
  AcquisitionDate: "0008,0022 DA",
  ContentDate: "0008,0023 DA",
  AcquisitionDateTime: "0008,002a DT",
  StudyTime: "0008,0030 TM",
  AcquisitionTime: "0008,0032 TM",
  ContentTime: "0008,0033 TM",
  AccessionNumber: "0008,0050 SH",
  Modality: "0008,0060 CS",
  Manufacturer: "0008,0070 LO",
  ReferringPhysicianName: "0008,0090 PN",
  CodeValue: "0008,0100 SH",
  CodingSchemeDesignator: "0008,0102 SH",
  CodeMeaning: "0008,0104 LO",
  TimezoneOffsetFromUTC: "0008,0201 SH",
  ManufacturerModelName: "0008,1090 LO",
  PatientName: "0010,0010 PN",
  PatientID: "0010,0020 LO",
  PatientBirthDate: "0010,0030 DA",
  PatientSex: "0010,0040 CS",
  DeviceSerialNumber: "0018,1000 LO",
  MultiplexGroupTimeOffset: "0018,1068 DS",
  StudyInstanceUID: "0020,000d UI",
  SeriesInstanceUID: "0020,000e UI",
  StudyID: "0020,0010 SH",
  SeriesNumber: "0020,0011 IS",
  InstanceNumber: "0020,0013 IS",
  WaveformOriginality: "003a,0004 CS",
  NumberOfWaveformChannels: "003a,0005 US",
  NumberOfWaveformSamples: "003a,0010 UL",
  SamplingFrequency: "003a,001a DS",
  MultiplexGroupLabel: "003a,0020 SH",
  ChannelDefinitionSequence: "003a,0200 SQ",
  ChannelLabel: "003a,0203 SH",
  ChannelSourceSequence: "003a,0208 SQ",
  ChannelSensitivity: "003a,0210 DS",
  ChannelSensitivityUnitsSequence: "003a,0211 SQ",
  ChannelSensitivityCorrectionFactor: "003a,0212 DS",
  ChannelBaseline: "003a,0213 DS",
  ChannelTimeSkew: "003a,0214 DS",
  ChannelSampleSkew: "003a,0215 DS",
  WaveformBitsStored: "003a,021a US",
  FilterLowFrequency: "003a,0220 DS",
  FilterHighFrequency: "003a,0221 DS",
  NotchFilterFrequency: "003a,0222 DS",
  AcquisitionContextSequence: "0040,0555 SQ",
  WaveformAnnotationSequence: "0040,b020 SQ",
  WaveformSequence: "5400,0100 SQ",
  WaveformBitsAllocated: "5400,1004 US",
  WaveformSampleInterpretation: "5400,1006 CS",
  WaveformPaddingValue: "5400,100a OW",
  WaveformData: "5400,1010 OW",
} as const;

/** The keyword of an attribute that is read or written. */
export type Keyword = keyof typeof ATTRIBUTES;

/** An attribute as errors name it: `(5400,0100) WaveformSequence`. */
export function toPlace(keyword: Keyword): string {
  return `(${ATTRIBUTES[keyword].slice(0, 9).toUpperCase()}) ${keyword}`;
}

/** The storage classes of ECGs (PS3.4, B.5). */
export const ECG_CLASSES = {
  twelveLead: "1.2.840.10008.5.1.4.1.1.9.1.1",
  general: "1.2.840.10008.5.1.4.1.1.9.1.2",
  ambulatory: "1.2.840.10008.5.1.4.1.1.9.1.3",
  general32Bit: "1.2.840.10008.5.1.4.1.1.9.1.4",
} as const;

/** The storage classes of recordings in a catheter laboratory, which have an ECG beside pressures or electrograms. */
export const CATHETER_CLASSES = {
  hemodynamic: "1.2.840.10008.5.1.4.1.1.9.2.1",
  electrophysiology: "1.2.840.10008.5.1.4.1.1.9.3.1",
} as const;

/** The transfer syntaxes that waveforms are stored in (PS3.5, chapter 10 and annex A). */
export const TRANSFER_SYNTAXES = {
  implicitLittleEndian: "1.2.840.10008.1.2",
  explicitLittleEndian: "1.2.840.10008.1.2.1",
  deflatedExplicitLittleEndian: "1.2.840.10008.1.2.1.99",
  explicitBigEndian: "1.2.840.10008.1.2.2",
} as const;
