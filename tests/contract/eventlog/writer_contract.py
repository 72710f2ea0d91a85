"""What every log promises to those who write."""

from itertools import pairwise

import pytest

from eventlog.port import Log, Record, TopicPartition, TopicSettings
from tests.contract.eventlog.drive import LIMIT_MS, offsets, read_to_end, records, values, write


class WriterContract:
    """Topics, writes and their deliveries."""

    #: Size of a value that the log refuses for good.
    too_large_bytes: int

    def test_creating_a_topic_again_leaves_it_as_it_is(self, log: Log, place: TopicPartition) -> None:
        """The second creation changes neither the number of partitions nor what stands in them."""
        with log.writer() as writer:
            write(writer, place, records("kept"))
        log.create_topics([TopicSettings(name=place.topic, partitions=7)])
        assert log.partition_counts()[place.topic] == 4
        assert log.bounds([place])[place].next > log.bounds([place])[place].first

    def test_a_setting_that_the_log_does_not_know_is_refused(self, log: Log, place: TopicPartition) -> None:
        """A misspelt setting is an error, not a topic that is other than was meant."""
        wrong = TopicSettings(name=f"{place.topic}-wrong", partitions=1, settings={"no.such.setting": "1"})
        with pytest.raises(ValueError, match=r"no\.such\.setting"):
            log.create_topics([wrong])

    def test_an_empty_partition_has_equal_bounds(self, log: Log, place: TopicPartition) -> None:
        """A new partition begins and ends at one offset."""
        assert log.bounds([place]) == {place: (0, 0)}

    @pytest.mark.parametrize("partition", [4, -1])
    def test_bounds_of_what_does_not_exist_are_a_key_error(
        self, log: Log, place: TopicPartition, partition: int
    ) -> None:
        """A partition beyond the last, and a topic that nobody created."""
        with pytest.raises(KeyError):
            log.bounds([place, TopicPartition(place.topic, partition)])
        with pytest.raises(KeyError):
            log.bounds([TopicPartition(f"{place.topic}-unknown", 0)])

    def test_a_delivery_names_the_tag_and_the_offset(self, log: Log, place: TopicPartition) -> None:
        """Each record has one delivery, and stands where that says."""
        with log.writer() as writer, log.reader() as reader:
            deliveries = write(writer, place, records("a", "b", "c"), first_tag=40)
            assert [(one.topic, one.partition, one.tag) for one in deliveries] == [
                (*place, 40),
                (*place, 41),
                (*place, 42),
            ]
            reader.assign({place: -1})
            stored = read_to_end(reader, place)
        assert [(one.offset, one.value) for one in stored] == list(
            zip(offsets(deliveries), [b"a", b"b", b"c"], strict=True)
        )

    def test_records_stand_in_the_order_sent(self, log: Log, place: TopicPartition) -> None:
        """Over many sends without waiting, offsets grow with the tags, and nothing repeats."""
        sent = [f"{number:04}" for number in range(3_000)]
        with log.writer() as writer, log.reader() as reader:
            for start in range(0, 3_000, 7):
                writer.send(*place, records(*sent[start : start + 7]), first_tag=start)
            deliveries = writer.flush(limit_ms=LIMIT_MS)
            assert sorted(one.tag for one in deliveries) == list(range(3_000))
            by_tag = offsets(sorted(deliveries, key=lambda one: one.tag))
            assert all(before < after for before, after in pairwise(by_tag))
            reader.assign({place: 0})
            assert values(read_to_end(reader, place)) == sent

    def test_two_writers_interleave_and_each_keeps_its_order(self, log: Log, place: TopicPartition) -> None:
        """Neither loses, repeats or reorders a record because of the other."""
        with log.writer() as one, log.writer() as two, log.reader() as reader:
            for number in range(300):
                one.send(*place, records(f"one {number:03}"), first_tag=number)
                two.send(*place, records(f"two {number:03}"), first_tag=number)
            offsets_one = offsets(one.flush(limit_ms=LIMIT_MS))
            offsets_two = offsets(two.flush(limit_ms=LIMIT_MS))
            assert not set(offsets_one) & set(offsets_two)
            reader.assign({place: 0})
            stood = values(read_to_end(reader, place))
        assert [value for value in stood if value.startswith("one")] == [f"one {n:03}" for n in range(300)]
        assert [value for value in stood if value.startswith("two")] == [f"two {n:03}" for n in range(300)]

    def test_one_writer_serves_many_partitions(self, log: Log, places: list[TopicPartition]) -> None:
        """Tags are the sender's own: partitions may use the same ones."""
        with log.writer() as writer, log.reader() as reader:
            for number in range(100):
                for place in places:
                    writer.send(*place, records(f"{place.partition}/{number:02}"), first_tag=number)
            deliveries = writer.flush(limit_ms=LIMIT_MS)
            assert sorted((one.partition, one.tag) for one in deliveries) == [
                (p, n) for p in range(4) for n in range(100)
            ]
            offsets(deliveries)
            reader.assign(dict.fromkeys(places, 0))
            stored = read_to_end(reader, *places)
        for place in places:
            assert values(stored, place) == [f"{place.partition}/{number:02}" for number in range(100)]

    def test_key_and_value_may_be_missing_or_empty(self, log: Log, place: TopicPartition) -> None:
        """Nothing and empty are two things, in keys as in values."""
        sent = [Record(None, None), Record(b"", b""), Record(b"k", None), Record(None, b"v")]
        with log.writer() as writer, log.reader() as reader:
            write(writer, place, sent)
            reader.assign({place: 0})
            assert [Record(one.key, one.value, one.headers) for one in read_to_end(reader, place)] == sent

    def test_headers_keep_order_and_repeats(self, log: Log, place: TopicPartition) -> None:
        """Headers are a list: the same name twice, an empty value, a name that is not ASCII."""
        headers = (("b", b"2"), ("a", b"\x00\xff"), ("b", b"1"), ("имя", b""))
        with log.writer() as writer, log.reader() as reader:
            write(writer, place, [Record(b"k", b"v", headers), Record(b"k", b"v")])
            reader.assign({place: 0})
            assert [one.headers for one in read_to_end(reader, place)] == [headers, ()]

    def test_big_values_come_back_byte_for_byte(self, log: Log, place: TopicPartition) -> None:
        """Sizes around those at which stores begin to treat values in another way."""
        sizes = [0, 1_999, 2_000, 4_100, 70_000, 800_000]
        sent = [Record(b"k", bytes(number % 251 for number in range(size))) for size in sizes]
        with log.writer() as writer, log.reader() as reader:
            offsets(write(writer, place, sent))
            reader.assign({place: 0})
            assert [one.value for one in read_to_end(reader, place)] == [record.value for record in sent]

    def test_a_record_that_is_too_large_fails_for_good_and_alone(self, log: Log, place: TopicPartition) -> None:
        """Its delivery says that trying again never helps; those around it stand."""
        sent = [Record(b"k", b"before"), Record(b"k", bytes(self.too_large_bytes)), Record(b"k", b"after")]
        with log.writer() as writer, log.reader() as reader:
            by_tag = {one.tag: one for one in write(writer, place, sent, first_tag=0)}
            assert by_tag[1].offset is None
            assert by_tag[1].error is not None
            assert by_tag[1].error.is_permanent
            offsets([by_tag[0], by_tag[2]])
            reader.assign({place: 0})
            assert values(read_to_end(reader, place)) == ["before", "after"]

    def test_a_partition_that_does_not_exist_fails_for_good(self, log: Log, place: TopicPartition) -> None:
        """The sender hears it by a delivery, and other partitions go on."""
        with log.writer() as writer:
            writer.send(place.topic, 4, records("nowhere"), first_tag=1)
            writer.send(place.topic, 0, records("somewhere"), first_tag=2)
            by_tag = {one.tag: one for one in writer.flush(limit_ms=LIMIT_MS)}
        assert by_tag[1].error is not None
        assert by_tag[1].error.is_permanent
        assert by_tag[2].error is None

    def test_polling_gives_each_delivery_once(self, log: Log, place: TopicPartition) -> None:
        """What a poll or a flush gave does not come again, and with nothing sent nothing is waited for."""
        with log.writer() as writer:
            assert list(writer.poll(wait_ms=LIMIT_MS)) == []
            writer.send(*place, records("a", "b"), first_tag=1)
            found = list(writer.poll(wait_ms=LIMIT_MS))
            found += writer.flush(limit_ms=LIMIT_MS)
            assert [one.tag for one in found] == [1, 2]
            assert list(writer.flush(limit_ms=LIMIT_MS)) == []

    def test_log_times_never_go_back(self, log: Log, place: TopicPartition) -> None:
        """Whoever writes, a later offset has no earlier time."""
        with log.writer() as one, log.writer() as two, log.reader() as reader:
            for number in range(50):
                write(one, place, records(f"one {number}"))
                write(two, place, records(f"two {number}"))
            reader.assign({place: 0})
            times = [stored.log_time_ms for stored in read_to_end(reader, place)]
        assert len(times) == 100
        assert times == sorted(times)
        assert times[0] > 0

    def test_closing_twice_is_harmless(self, log: Log, place: TopicPartition) -> None:
        """Readers, writers and memberships can be closed by a `with` and by hand."""
        with log.writer() as writer, log.reader() as reader:
            write(writer, place, records("a"))
            reader.assign({place: 0})
            read_to_end(reader, place)
            writer.close()
            reader.close()
