using System.Security.Cryptography;
using System.Text;

namespace Tidemark.Core.Sessions;

/// <summary>
/// Replaces user ids by a keyed hash (HMAC-SHA-256, RFC 2104, its first 16 bytes), which cannot be undone or guessed without the key. The same
/// user has the same pseudonym under the same key.
/// </summary>
public sealed class UserPseudonyms
{
    /// <summary>The shortest key, in bytes of UTF-8.</summary>
    public const int LeastKeyBytes = 16;

    private const int Bytes = 16;

    private readonly byte[] _key;

    /// <param name="key">The secret key.</param>
    /// <exception cref="ArgumentException">The key is shorter than <see cref="LeastKeyBytes"/>.</exception>
    public UserPseudonyms(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = Encoding.UTF8.GetBytes(key);
        if (_key.Length < LeastKeyBytes)
        {
            throw new ArgumentException($"expected a key of at least {LeastKeyBytes} bytes, got {_key.Length}", nameof(key));
        }
    }

    /// <summary>The pseudonym of a user: 32 hex digits.</summary>
    public string Of(ReadOnlySpan<byte> userId)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, userId, hash);
        return Convert.ToHexStringLower(hash[..Bytes]);
    }

    /// <summary>No word of the key.</summary>
    public override string ToString() => nameof(UserPseudonyms);
}
