"""What a Ctrl-C does where no point runs: nothing, while what one came to is kept, at first."""

import os
import signal
import threading

import pytest

from perfbench.driver.rounds import Rounds


@pytest.fixture
def rounds():
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are the main thread's")
    return Rounds(crew=None, keeper=None)  # neither is asked: no point runs


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_first_one_ends_what_has_nothing_to_drain(rounds):
    with pytest.raises(KeyboardInterrupt), rounds.interruptible():
        press()
    assert rounds.stopped


def test_second_one_ends_what_is_being_kept(rounds):
    with rounds.interruptible(), rounds.shielded():
        press()
        assert rounds.stopped
        with pytest.raises(KeyboardInterrupt):
            press()


def test_one_that_comes_after_the_streams_have_drained_is_the_first_there(rounds):
    with rounds.interruptible(), rounds.shielded():
        rounds.stop()  # as the first did, while the point ran
        press()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_one_after_it_is_kept_ends_what_follows(rounds):
    with rounds.interruptible():
        with rounds.shielded():
            press()
        with pytest.raises(KeyboardInterrupt):
            press()
