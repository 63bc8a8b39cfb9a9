using System.Buffers.Binary;

namespace Mirage.Net.TcpIp;

/// <summary>
/// What a host has to say of its groups, and when (RFC 3376 §5, in the compatibility modes of §7.2). A join or leave is said twice; a query is answered after a
/// random time. This host listens to groups whoever sends, so that a query of some sources is answered with the whole group, which asks for them too.
/// </summary>
/// <param name="platform">The platform, for its randomness.</param>
/// <param name="maxLeaving">How many groups that were left are still spoken of at once.</param>
internal sealed class GroupReports<TPlatform>(TPlatform platform, int maxLeaving)
    where TPlatform : struct, IPlatform
{
    /// <summary>How often a change is said (RFC 3376 §8.1).</summary>
    private const int Robustness = 2;

    /// <summary>RFC 3376 §8.11, and RFC 2236 §8.10 for its version.</summary>
    private static readonly TimeSpan UnsolicitedInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnsolicitedIntervalV2 = TimeSpan.FromSeconds(10);

    /// <summary>RFC 3376 §8.12, with the defaults of §8.2 and §8.3: 2 · 125 s + 10 s.</summary>
    private static readonly TimeSpan OlderVersionTime = TimeSpan.FromSeconds(260);

    /// <summary>A flood of queries that ask for answers at once gets no flood of answers for each group.</summary>
    private static readonly TimeSpan LeastAnswerInterval = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<Ipv4Address, Group> _groups = [];
    private int _leaving;
    private Instant _generalAt = Instant.Never;
    private Instant _generalFrom = Instant.Earliest;
    private Instant _version1Until = Instant.Earliest;
    private Instant _version2Until = Instant.Earliest;

    /// <summary>When there is something to say.</summary>
    public Instant Due { get; private set; } = Instant.Never;

    /// <summary>RFC 3376 §7.2.1: as the oldest router on the link.</summary>
    public int VersionAt(Instant now) => now < _version1Until ? 1 : now < _version2Until ? 2 : 3;

    /// <summary>This host has joined a group.</summary>
    public void Join(Ipv4Address address, Instant now)
    {
        if (_groups.TryGetValue(address, out var group))
        {
            _leaving -= group.IsMember ? 0 : 1;
        }
        else
        {
            _groups.Add(address, group = new Group());
        }

        Change(group, isMember: true, now);
    }

    /// <summary>This host has left a group.</summary>
    public void Leave(Ipv4Address address, Instant now)
    {
        if (!_groups.TryGetValue(address, out var group))
        {
            return;
        }

        if (_leaving >= maxLeaving)
        {
            // Routers find out by asking.
            _ = _groups.Remove(address);
            SetDue();
            return;
        }

        _leaving++;
        Change(group, isMember: false, now);
    }

    /// <summary>A router asks (RFC 3376 §5.2).</summary>
    public void Query(Ipv4Address address, int version, int tenths, Instant now)
    {
        var before = VersionAt(now);
        if (version == 1)
        {
            _version1Until = now + OlderVersionTime;
        }
        else if (version == 2)
        {
            _version2Until = now + OlderVersionTime;
        }

        if (VersionAt(now) != before)
        {
            CancelAnswers();
        }

        var most = TimeSpan.FromMilliseconds(100 * Math.Max(1, tenths));
        if (!address.IsAny)
        {
            if (_groups.TryGetValue(address, out var group))
            {
                Ask(group, now, most);
            }
        }
        else if (VersionAt(now) == 3)
        {
            _generalAt = AnswerTime(_generalAt, _generalFrom, now, most);
            Due = Instant.Min(Due, _generalAt);
        }
        else
        {
            // RFC 2236 §3: each group has its own time, so that other hosts' answers are heard.
            foreach (var group in _groups.Values)
            {
                Ask(group, now, most);
            }
        }
    }

    /// <summary>Another host has said that it is in a group.</summary>
    /// <returns>Whether this host need not say so any more (RFC 2236 §3; in version 3 each host answers for itself).</returns>
    public bool HeardReport(Ipv4Address address, Instant now)
    {
        if (VersionAt(now) == 3 || !_groups.TryGetValue(address, out var group) || group.AnswerAt.IsNever)
        {
            return false;
        }

        group.AnswerAt = Instant.Never;
        SetDue();
        return true;
    }

    /// <summary>Takes what is to be said now.</summary>
    /// <param name="now">The present.</param>
    /// <param name="records">Gets it. In versions 1 and 2 each record is a message.</param>
    public void Take(Instant now, List<IgmpRecordOf> records)
    {
        var isGeneral = _generalAt <= now;
        (_generalAt, _generalFrom) = isGeneral ? (Instant.Never, now + LeastAnswerInterval) : (_generalAt, _generalFrom);
        foreach (var (address, group) in _groups)
        {
            if (group.ChangeAt <= now)
            {
                records.Add(new(address, group.IsMember, IsChange: true));
                group.Changes--;
                group.ChangeAt = group.Changes > 0 ? now + Random(VersionAt(now) == 3 ? UnsolicitedInterval : UnsolicitedIntervalV2) : Instant.Never;
            }
            else if (group.IsMember && (isGeneral || group.AnswerAt <= now))
            {
                records.Add(new(address, IsMember: true, IsChange: false));
                (group.AnswerAt, group.AnswersFrom) = (Instant.Never, now + LeastAnswerInterval);
            }

            if (!group.IsMember && group.Changes <= 0)
            {
                // Allowed while enumerating.
                _ = _groups.Remove(address);
                _leaving--;
            }
        }

        SetDue();
    }

    private void Change(Group group, bool isMember, Instant now)
    {
        // RFC 2236 §3: a leave is said once.
        group.Changes = isMember || VersionAt(now) == 3 ? Robustness : 1;
        group.IsMember = isMember;
        group.ChangeAt = now;
        group.AnswerAt = Instant.Never;
        SetDue();
    }

    private void Ask(Group group, Instant now, TimeSpan most)
    {
        if (group.IsMember)
        {
            group.AnswerAt = AnswerTime(group.AnswerAt, group.AnswersFrom, now, most);
            Due = Instant.Min(Due, group.AnswerAt);
        }
    }

    /// <summary>After a random time, or sooner if that was to be.</summary>
    private Instant AnswerTime(Instant answerAt, Instant from, Instant now, TimeSpan most)
    {
        var at = now + Random(most);
        return Instant.Min(answerAt, at < from ? from : at);
    }

    private void CancelAnswers()
    {
        _generalAt = Instant.Never;
        foreach (var group in _groups.Values)
        {
            group.AnswerAt = Instant.Never;
        }

        SetDue();
    }

    private void SetDue()
    {
        Due = _generalAt;
        foreach (var group in _groups.Values)
        {
            Due = Instant.Min(Due, Instant.Min(group.ChangeAt, group.AnswerAt));
        }
    }

    private TimeSpan Random(TimeSpan most)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        platform.Fill(bytes);
        return most * ((BinaryPrimitives.ReadUInt32LittleEndian(bytes) + 1.0) / (1L << 32));
    }

    private sealed class Group
    {
        public bool IsMember;

        /// <summary>How often the last change is still to be said.</summary>
        public int Changes;
        public Instant ChangeAt = Instant.Never;
        public Instant AnswerAt = Instant.Never;

        /// <summary>When it is answered again at the earliest.</summary>
        public Instant AnswersFrom = Instant.Earliest;
    }
}

/// <summary>Something to say of a group.</summary>
/// <param name="Group">The group.</param>
/// <param name="IsMember">Whether this host is in it.</param>
/// <param name="IsChange">Whether that is news, or an answer.</param>
internal readonly record struct IgmpRecordOf(Ipv4Address Group, bool IsMember, bool IsChange);
