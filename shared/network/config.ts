/** The value of NO_PROXY, in upper or lower case, from the current environment. */
export const noProxy = (): string => process.env.no_proxy || process.env.NO_PROXY || '';
