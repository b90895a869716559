/** What NO_PROXY holds, in capitals or small letters, as the environment stands now. */
export const noProxy = (): string => process.env.no_proxy || process.env.NO_PROXY || '';
