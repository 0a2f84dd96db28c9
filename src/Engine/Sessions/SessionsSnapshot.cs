namespace Tidemark.Engine.Sessions;

/// <summary>The state of a <see cref="SessionSet"/>: pieces with users, each of which is more recent than those before it.</summary>
/// <param name="FinalMinute">Minutes before this one are final.</param>
/// <param name="LeftOut"><see cref="SessionSet.LeftOut"/></param>
/// <param name="Minutes">The minutes that can still change.</param>
/// <param name="Pieces">All pieces that are needed, in order.</param>
internal sealed record SessionsSnapshot(long FinalMinute, long LeftOut, MinuteSnapshot[] Minutes, SessionPiece[] Pieces);

/// <summary>The state of an <see cref="EndedMinute"/>, and whether it must be published; its sessions are known from the users.</summary>
internal readonly record struct MinuteSnapshot(long Minute, long Revision, bool IsChanged);

/// <summary>The users of a slice, all of them, or those that have changed since an earlier piece.</summary>
/// <param name="slice">The slice whose users it replaces; -1 when it replaces the users in it alone.</param>
/// <param name="bytes">The users.</param>
internal sealed class SessionPiece(int slice, byte[] bytes)
{
    private byte[]? _bytes = bytes;

    /// <summary>The slice whose users it replaces; -1 when it replaces the users in it alone.</summary>
    public int Slice { get; } = slice;

    /// <summary>The number of bytes.</summary>
    public int Length { get; } = bytes.Length;

    /// <summary>The users: to be read before <see cref="Forget"/>.</summary>
    /// <exception cref="InvalidOperationException">They have been stored and forgotten.</exception>
    public byte[] Bytes => _bytes ?? throw new InvalidOperationException("The piece has been stored: it is read from there.");

    /// <summary>Forgets the bytes, which are stored now.</summary>
    public void Forget() => _bytes = null;
}
