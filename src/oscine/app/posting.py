"""Writing to networks as the accounts that the settings name, as an `App` does it: what a bot writes by."""

from __future__ import annotations

from oscine.app.feeds import Feeds
from oscine.errors import SetupError
from oscine.posting.base import Poster
from oscine.posting.bluesky import BlueskyPoster
from oscine.posting.mastodon import MastodonPoster


class Posting(Feeds):
    """Posting as the operator's own accounts."""

    def bot_poster(self, network: str) -> Poster:
        """Writes to `bluesky` as its bot, or to the Mastodon server of that host name. Raises `SetupError` for what is not set, `NetworkUnavailable`."""
        if network == BlueskyPoster.network:
            session = self._bluesky_session()
            return BlueskyPoster(session, session.account, session.handle)
        if not self.settings.mastodon_token:
            raise SetupError(f"No account of {network} is named.", "Set OSCINE_MASTODON_TOKEN, an access token of the bot's account.")
        return MastodonPoster(network, self._at_servers, self.settings.mastodon_token, one_reply=True)
