"""Well-known names by kind of subject: where neighbours come from, and what a bare name most likely is."""

import re

from edge_repair.wording import normalise


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", " ").split(",") if name.strip())


NAMES: dict[str, tuple[str, ...]] = {
    "country": _names(
        """France, Canada, Italy, Brazil, Germany, Australia, Spain, India, Mexico, Russia, China, Greece, Kenya, Norway, Turkey,
        Argentina, Japan, Sweden, Egypt, Portugal, Thailand, Poland, Cuba, Vietnam, Ireland, Peru, Morocco, Finland, Chile, Iran,
        South Korea, Nigeria, Austria, Switzerland, Colombia, Denmark, Netherlands, Hungary, Indonesia, Ethiopia, Ukraine, Belgium,
        South Africa, Pakistan, Iceland, New Zealand, Iraq, Philippines, Saudi Arabia, Romania, Jamaica, Nepal, Malaysia, Israel,
        Croatia, Serbia, Bulgaria, Mongolia, Ghana, Venezuela, Czech Republic, Scotland, England, Wales, Singapore, Tunisia, Algeria,
        Ecuador, Bolivia, Uruguay, Paraguay, Bangladesh, Sri Lanka, Lebanon, Syria, Jordan, Qatar, Kuwait, Slovakia, Slovenia, Estonia,
        Latvia, Lithuania, Luxembourg, Malta, Cyprus, Panama, Costa Rica, Honduras, Guatemala, Tanzania, Uganda, Zimbabwe, Senegal,
        Cameroon, Angola, Mozambique, Madagascar, Sudan, Libya, Somalia, Afghanistan, Cambodia, Laos, Myanmar, Taiwan, North Korea,
        United States, United Kingdom, USA, UK, Great Britain, America, Kazakhstan, Uzbekistan, Georgia, Armenia, Haiti, Fiji, Bhutan"""
    ),
    "region": _names(
        """Texas, California, Florida, Ohio, Bavaria, Ontario, Queensland, Alaska, Virginia, Quebec, Colorado, Arizona, Oregon, Louisiana,
        Kentucky, Tennessee, Michigan, Minnesota, Alberta, Nevada, Wisconsin, Kansas, Illinois, Pennsylvania, Massachusetts, Hawaii, Indiana,
        Missouri, Alabama, Mississippi, Arkansas, Iowa, Nebraska, Utah, Montana, Idaho, Maine, Vermont, Connecticut, New Jersey, New Hampshire,
        Rhode Island, New Mexico, Oklahoma, North Carolina, South Dakota, Maryland, Delaware, Wyoming, British Columbia, Manitoba, Nova Scotia,
        New South Wales, Tasmania, Saxony, Hesse, Catalonia, Andalusia, Tuscany, Sicily, Punjab, Kerala, Gujarat, Sichuan, Hokkaido"""
    ),
    "city": _names(
        """Paris, London, Rome, New York City, Berlin, Madrid, Sydney, Moscow, Chicago, Amsterdam, Vienna, Venice, Tokyo, Cairo, Istanbul,
        Barcelona, Los Angeles, Toronto, Beijing, Mumbai, Athens, Dublin, Prague, Munich, Lisbon, Boston, San Francisco, Seattle, Dubai,
        Shanghai, Hong Kong, Rio de Janeiro, Buenos Aires, Mexico City, Stockholm, Oslo, Copenhagen, Helsinki, Budapest, Warsaw, Brussels,
        Florence, Milan, Naples, Hamburg, Edinburgh, Manchester, Melbourne, Vancouver, Montreal, Houston, Miami, Detroit, New York"""
    ),
    "person": _names(
        """Albert Einstein, William Shakespeare, Isaac Newton, Leonardo da Vinci, Charles Darwin, Mozart, Napoleon, Galileo Galilei,
        Abraham Lincoln, Vincent van Gogh, Mahatma Gandhi, Nelson Mandela, Marie Curie, Jane Austen, Pablo Picasso, Beethoven, Aristotle,
        Charles Dickens, George Washington, Cleopatra, Julius Caesar, Nikola Tesla, Thomas Edison, Michelangelo, Martin Luther King,
        Barack Obama, Winston Churchill, Stephen Hawking, Frida Kahlo, Alexander the Great, Elvis Presley, Michael Jackson, Plato,
        Socrates, Sigmund Freud, Karl Marx, Steve Jobs, Bill Gates, Elon Musk, Taylor Swift, Donald Trump, Joe Biden, Queen Elizabeth,
        Queen Victoria, Christopher Columbus, Marco Polo, Joan of Arc, Anne Frank, Rosa Parks, Amelia Earhart, Neil Armstrong, Homer,
        Agatha Christie, Mark Twain, Ernest Hemingway, Leo Tolstoy, J.K. Rowling, Stephen King, Alan Turing, Ada Lovelace, Bach, Chopin,
        Rembrandt, Claude Monet, Salvador Dali, Walt Disney, Charlie Chaplin, Marilyn Monroe, Audrey Hepburn, Muhammad Ali, Pele, Usain Bolt,
        Lionel Messi, Cristiano Ronaldo, Michael Jordan, Serena Williams, Mother Teresa, Confucius, Buddha, Genghis Khan, Emily Dickinson,
        Virginia Woolf, George Orwell, Oscar Wilde, Edgar Allan Poe, Benjamin Franklin, Thomas Jefferson, Adolf Hitler, Joseph Stalin,
        Vladimir Putin, Angela Merkel, Margaret Thatcher, Florence Nightingale, Louis Pasteur, Johannes Kepler, Copernicus, Archimedes,
        Pythagoras, Euclid, Richard Feynman, Niels Bohr, Max Planck, Werner Heisenberg, Beyonce, Madonna, John Lennon, Bob Dylan, David Bowie"""
    ),
    "animal": _names(
        """cats, dogs, elephants, bees, sharks, penguins, horses, cows, dolphins, owls, snakes, frogs, spiders, lions, giraffes, kangaroos,
        whales, wolves, rabbits, eagles, bats, tigers, bears, monkeys, ants, butterflies, turtles, crocodiles, octopuses, pandas, foxes, pigs,
        sheep, goats, chickens, ducks, mice, camels, zebras, gorillas, koalas, goldfish, salmon, parrots, squirrels, hedgehogs, mosquitoes"""
    ),
    "work": _names(
        """Romeo and Juliet, The Great Gatsby, Star Wars, The Lord of the Rings, Moby Dick, Titanic, Hamlet, Pride and Prejudice, The Hobbit,
        Frankenstein, The Lion King, Alice in Wonderland, Don Quixote, Dracula, The Odyssey, Sherlock Holmes, Harry Potter, Game of Thrones,
        The Matrix, Jurassic Park, War and Peace, The Wizard of Oz, Peter Pan, Pinocchio, Macbeth, The Simpsons, Toy Story, Frozen, Avatar,
        To Kill a Mockingbird, The Catcher in the Rye, Jane Eyre, Wuthering Heights, Les Miserables, Oliver Twist, Great Expectations,
        Mona Lisa, Starry Night, Minecraft, Pokemon, Super Mario, Tetris, Monopoly, Batman, Superman, Spider-Man, The Hunger Games, Twilight"""
    ),
    "organisation": _names(
        """Google, Apple, Microsoft, NASA, Toyota, Amazon, McDonald's, Coca-Cola, Nike, Sony, Disney, Facebook, IBM, Samsung, Ford,
        the United Nations, UNICEF, Netflix, Tesla, Boeing, IKEA, Lego, Nintendo, Starbucks, BMW, Volkswagen, Intel, YouTube, Twitter,
        the European Union, NATO, the Red Cross, Greenpeace, Harvard University, Manchester United, The Beatles, Queen, Metallica"""
    ),
    "planet": _names("Mars, Jupiter, Venus, Saturn, Mercury, Neptune, Uranus, Earth, Pluto, the Moon, the Sun"),
    "element": _names(
        """gold, oxygen, iron, hydrogen, silver, carbon, helium, copper, nitrogen, lead, sodium, zinc, calcium, neon, sulfur, tin, chlorine,
        potassium, uranium, aluminium, aluminum, nickel, phosphorus, silicon, titanium, platinum, magnesium, lithium, iodine, argon, radium, fluorine"""
    ),
    "thing": _names(
        """water, bread, glass, paper, coffee, a computer, a bicycle, rice, chess, football, music, the heart, the brain, plastic bags,
        a volcano, an earthquake, gravity, photosynthesis, chocolate, tea, wood, plastic, salt, cheese, sugar, a guitar, a piano, diamonds,
        electricity, the internet, tennis, basketball, yoga, a rainbow, honey, a candle, milk, bananas, apples, tomatoes, coal"""
    ),
}
"""Names by kind; the earlier ones are the better known, and are asked about first."""

_INDEX = {normalise(name): kind for kind, names in reversed(NAMES.items()) for name in names}
for _name, _kind in list(_INDEX.items()):
    if _kind == "animal" and _name.endswith("s"):
        _INDEX.setdefault(_name[:-1], "animal")
    for _article in ("the ", "a ", "an "):
        if _name.startswith(_article):
            _INDEX.setdefault(_name[len(_article) :], _kind)


_PART_OF_A_COUNTRY = re.compile(r"(?:the )?(?:u\.?s\.? )?(?:state|province|canton|county) of \w")


def known_name(text: str) -> str:
    """The kind of a well-known name ("Japan" is a country), or an empty string."""
    plain = normalise(text).strip(" .,!?\"'")
    if _PART_OF_A_COUNTRY.match(plain):
        return "region"
    return _INDEX.get(plain, "") or _INDEX.get(plain.removeprefix("the "), "")
