/** Registers `simulated-0` and so on over the HTTP API; existing ones get a new token. Returns the tokens. */
export async function registerHosts(options: { url: string; adminToken: string; count: number }): Promise<string[]> {
  const { url, adminToken, count } = options;
  const tokens: string[] = [];
  let next = 0;

  const post = async (path: string, body?: object): Promise<{ status: number; answer: { token?: string } }> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, answer: (await response.json()) as { token?: string } };
  };

  async function register(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      const name = `simulated-${index}`;
      const added = await post('/api/hosts', { name, tags: ['simulated'] });
      const { status, answer } = added.status === 409 ? await post(`/api/hosts/${name}/token`) : added;
      if (answer.token === undefined)
        throw new Error(`${name} was not registered: ${status} ${JSON.stringify(answer)}`);
      tokens[index] = answer.token;
    }
  }

  // Several at once share a transaction.
  await Promise.all(Array.from({ length: 64 }, register));
  return tokens;
}
