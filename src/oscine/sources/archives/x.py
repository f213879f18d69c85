"""X archives of any generation, as events.

Only the files that `x_layout` names are ever opened: no direct messages, e-mail addresses, telephone numbers, contacts, devices, addresses of
logins, advertising data, and no deleted posts. A like tells no time: it counts from its post's on; follows, blocks and mutes count as of the
archive. A repost is kept where the archive names the post, which few do. What only a circle saw is for its author and whom it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

import msgspec

from oscine.records import Account, AccountChanged, AnyEvent, Engagement, PostDeleted, PostWritten, Refused, Relation, Visibility
from oscine.sources.archives import x_layout as layout
from oscine.sources.archives.archive import Archive, Kind, Told
from oscine.sources.archives.container import Container
from oscine.sources.archives.x_notes import Notes
from oscine.sources.archives.x_tweet import EPOCH, Tweet, made_at, moment, plain, post


class XArchive(Archive):
    """An X archive. Raises `InputError` where it does not tell whose it is."""

    def __init__(self, container: Container, folder: str, name: str, network: str, largest: int) -> None:
        super().__init__(name, network, largest)
        self._container = container
        manifest = self.only(folder + layout.MANIFEST, container, layout.Manifest, layout.ASSIGNED)
        self._details = self.only(folder + layout.DETAILS, container, layout.Details, layout.ASSIGNED)
        self._files = layout.files(container.names, folder, manifest)
        self._user = manifest.userInfo if manifest else layout.UserInfo()
        self._deleted = sum(file.count or 0 for file in manifest.dataTypes.get("deletedTweets", layout.Part()).files) if manifest else 0
        self._made = _time(manifest.archiveInfo.generationDate if manifest else "")
        handle = self._user.userName or (self._details.screen_name if self._details else "")
        self.what = "an X archive" + (f" of @{handle}" if handle else "") + (f", made on {self._made:%Y-%m-%d}" if self._made else "")

    def read(self) -> Iterator[AnyEvent]:
        """See `Archive`: the account, its posts, what it likes, whom it follows, and what it deleted."""
        yield from (Refused(cursor=0, reason=reason) for reason in self._files.refused)
        self.left_out["other files, which were not opened"] = self._files.others
        who = _Whose(self._network, self._user, self._details)
        for part in ("account", "profile", "verified", "protectedHistory"):
            yield from self._part(part, layout.Who, who.learn)
        if not who.account.id:
            yield Refused(cursor=0, reason="the archive does not tell whose it is: it holds no account.js that can be read")
            return
        yield AccountChanged(cursor=0, account=who.account, told=who.told)
        with Notes() as notes:
            yield from self._part("noteTweet", layout.NoteItem, notes.add)
            yield from self._posts(who, notes)
        yield from self._part("like", layout.LikeItem, partial(_like, who.account))
        for part in layout.RELATIONS:
            yield from self._part(part, layout.RelationItem, partial(self._relation, part, who.account))
        yield from self._part("deletedTweetHeaders", layout.HeaderItem, self._gone)
        if not self._files.of.get("deletedTweetHeaders"):
            self.left_out["deleted posts"] += self._deleted

    def _part(self, part: str, kind: type[Kind], told: Told[Kind]) -> Iterator[AnyEvent]:
        for member in self._files.of.get(part, ()):
            yield from self.each(member, partial(self._container.open, member), kind, told, layout.ARRAY)

    def _posts(self, who: _Whose, notes: Notes) -> Iterator[AnyEvent]:
        """The posts; those of circles first, because X repeats them among the others."""
        circle: set[str] = set()

        def told(visibility: Visibility, item: layout.TweetItem) -> Iterable[AnyEvent]:
            tweet = item.tweet or item
            if visibility == "direct":
                circle.add(tweet.id_str)
            elif tweet.id_str in circle:
                return ()
            return self._tweet(tweet, who.author, visibility, notes)

        yield from self._part("twitterCircleTweet", layout.TweetItem, partial(told, "direct"))
        for part in ("tweets", "tweet", layout.MONTHLY, "communityTweet"):
            yield from self._part(part, layout.TweetItem, partial(told, who.visibility))

    def _tweet(self, tweet: Tweet, author: Account, visibility: Visibility, notes: Notes) -> Iterable[AnyEvent]:
        if tweet.is_repost:
            return self._repost(tweet, author)
        if tweet.is_superseded:
            self.left_out["older versions of edited posts"] += 1
            return ()
        if visibility == "public" and tweet.user and tweet.user.protected:
            visibility = "followers"
        return [PostWritten(cursor=0, post=post(tweet, author, visibility, notes.of(tweet)), author=author)]

    def _repost(self, tweet: Tweet, author: Account) -> Iterable[AnyEvent]:
        if tweet.retweeted_status is None:
            self.left_out["reposts of posts that the archive does not name"] += 1
            return ()
        repeated = tweet.retweeted_status.id_str
        return [Engagement(cursor=0, network=author.network, kind="repost", actor=author.id, post=repeated, at=tweet.at)]

    def _relation(self, part: str, account: Account, item: layout.RelationItem) -> Iterable[AnyEvent]:
        actor, target = (item.other, account.id) if part == "follower" else (account.id, item.other)
        at = self._made or self._container.time(self._files.of[part][0])
        return [Relation(cursor=0, network=account.network, kind=layout.RELATIONS[part], actor=actor, target=target, at=at)]

    def _gone(self, item: layout.HeaderItem) -> Iterable[AnyEvent]:
        self.left_out["deleted posts"] += 1
        return [PostDeleted(cursor=0, network=self._network, id=item.tweet.tweet_id)]


class _Whose:
    """What the archive tells of the account, as it is read; `visibility` is that of its posts."""

    def __init__(self, network: str, user: layout.UserInfo, details: layout.Details | None) -> None:
        self.account = Account(id=user.accountId or "", network=network, handle=user.userName, name=user.displayName)
        self.told = frozenset({"handle", "name"})
        self.visibility: Visibility = "public"
        self._protected_at = ""
        if details:
            self._tell(
                id=details.id, handle=details.screen_name, name=details.full_name, bio=details.bio, created_at=_time(details.created_at)
            )

    @property
    def author(self) -> Account:
        """The account as each post tells of it."""
        return Account(id=self.account.id, network=self.account.network, handle=self.account.handle, name=self.account.name)

    def learn(self, item: layout.Who) -> Iterable[AnyEvent]:
        """Take in an item of the archive; it is no event yet."""
        if item.account:
            a = item.account
            self._tell(id=a.accountId, handle=a.username, name=a.accountDisplayName, created_at=_time(a.createdAt))
        if item.profile:
            self._tell(bio=plain(item.profile.description.bio, ()))
        if item.verified:
            self._tell(verified=item.verified.verified)
        if item.protectedHistory and item.protectedHistory.protectedAt >= self._protected_at:
            self._protected_at = item.protectedHistory.protectedAt
            self.visibility = "followers" if item.protectedHistory.action.lower() == "protect" else "public"
        return ()

    def _tell(self, **fields: object) -> None:
        self.account = msgspec.structs.replace(self.account, **fields)
        self.told |= fields.keys() - {"id"}


def _like(account: Account, item: layout.LikeItem) -> Iterable[AnyEvent]:
    liked = item.like.tweetId
    at = made_at(liked) or datetime.fromtimestamp(EPOCH, UTC)
    return [Engagement(cursor=0, network=account.network, kind="like", actor=account.id, post=liked, at=at)]


def _time(written: str) -> datetime | None:
    try:
        return moment(written)
    except (ValueError, OverflowError):
        return None
